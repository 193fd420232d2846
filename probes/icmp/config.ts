import { z } from 'zod';
import { duration } from '../../src/contracts/scalars.ts';
import { NS_PER_MS, NS_PER_S } from '../../src/model/time.ts';
import { parseAddress, unpingable } from './address.ts';
import { expandHosts, rangeProblem } from './hosts.ts';
import { TAG_BYTES } from './identity.ts';
import { planPings } from './ping-plan.ts';

/** What one core sends and reads beside its other work: a ping costs 5 to 20 µs with the kernel engine, 50 to 110 with net-ping. */
const MOST_PER_SECOND = { kernel: 50_000, 'net-ping': 5_000 } as const;
/** Sequence numbers on the wire have 16 bits, by which net-ping matches: half of them may be in flight at once. */
const MOST_IN_FLIGHT = { kernel: 500_000, 'net-ping': 32_768 } as const;
/** What fits into a jumbo frame of 9,000 bytes beside the IPv4 and ICMP headers. */
const LARGEST_PAYLOAD = 8_972;
/** What every IPv4 link must carry in one piece (RFC 791) and still hold our tag. */
const SMALLEST_MTU = 68;

const NAME =
  /^(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?)(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?)*\.?$/i;

const host = z.string().check((context) => {
  const text = context.value;
  const address = parseAddress(text);
  const problem = /^[\da-f.:]+\/\d+$/i.test(text)
    ? rangeProblem(text)
    : address !== null
      ? unpingable(address)
      : !NAME.test(text) || /^[\d.]+$/.test(text)
        ? `"${text}" is not an IP address or a host name`
        : null;
  if (problem !== null) context.issues.push({ code: 'custom', message: problem, input: text });
});

/** What is set on the socket; undefined leaves the system's default. */
export type IpOptions = {
  /** "Don't fragment". */
  readonly df?: boolean | undefined;
  /** The whole byte: DSCP and ECN. */
  readonly tos?: number | undefined;
  readonly ttl?: number | undefined;
};

export type IcmpEngine = 'kernel' | 'net-ping';

export type IcmpConfig = IpOptions & {
  readonly hosts: readonly string[];
  /** ns. */
  readonly every: number;
  /** ns. */
  readonly timeout: number;
  /** Bytes of payload. */
  readonly size: number;
  /** Bytes of the largest IP packet the path must carry whole. */
  readonly mtu?: number | undefined;
  readonly source?: string | undefined;
  readonly from?: { readonly netns: string } | undefined;
  readonly engine?: IcmpEngine | undefined;
};

export const icmpConfig: z.ZodType<IcmpConfig> = z
  .strictObject({
    hosts: z
      .array(host)
      .min(1, { error: 'name at least one host' })
      .max(20_000)
      .describe(
        'Hosts to ping: IPv4 or IPv6 addresses, ranges such as 10.0.0.0/28 (each host in it), or names, which are resolved once before the run.',
      ),
    every: duration({ positive: true })
      .refine((ns) => ns >= NS_PER_MS, { error: 'the shortest interval is 1ms' })
      .prefault('100ms')
      .describe('Time between two pings of the same host. An outage longer than this is seen.'),
    timeout: duration({ positive: true })
      .refine((ns) => ns >= 10 * NS_PER_MS && ns <= 60 * NS_PER_S, {
        error: 'must be between 10ms and 60s',
      })
      .prefault('1s')
      .describe('A ping without an answer after this time is lost. It may be longer than `every`.'),
    size: z
      .int()
      .min(TAG_BYTES)
      .max(LARGEST_PAYLOAD)
      .default(56)
      .describe('Bytes of payload in each ping, without the ICMP header (8) and the IP header.'),
    mtu: z
      .int()
      .min(SMALLEST_MTU)
      .max(LARGEST_PAYLOAD + 28)
      .optional()
      .describe(
        'Bytes of the largest IP packet that the path must carry in one piece. Each ping is exactly as large and may not be fragmented; a second target for each host pings with one byte more, at most once a second, and is ok when that is refused.',
      ),
    df: z.boolean().optional().describe('"Don\'t fragment". Always set with `mtu`.'),
    tos: z
      .int()
      .min(0)
      .max(255)
      .optional()
      .describe(
        'Type of service or traffic class: the whole byte, for example 184 for expedited forwarding.',
      ),
    ttl: z.int().min(1).max(255).optional().describe('Time to live, or hop limit.'),
    source: z
      .string()
      .refine((text) => parseAddress(text) !== null, { error: 'expected an IP address' })
      .optional()
      .describe('Address of this machine to ping from.'),
    from: z
      .strictObject({
        netns: z
          .string()
          .regex(/^[\w.-]+$/, { error: 'expected a name as `ip netns list` shows it' })
          .describe('Network namespace (`ip netns list`) to ping from.'),
      })
      .optional()
      .describe(
        'Where to ping from, when tenant networks have the same addresses. Needs CAP_SYS_ADMIN.',
      ),
    engine: z
      .enum(['kernel', 'net-ping'])
      .optional()
      .describe(
        'How to measure. `kernel` (Linux): system calls from a thread of its own, with the time stamps of the kernel. `net-ping`: a library over raw sockets, for other systems. Chosen by itself when not given.',
      ),
  })
  .check((context) => {
    const config: IcmpConfig = context.value;
    const problem = (path: string, message: string) => {
      context.issues.push({ code: 'custom', message, path: [path], input: context.value });
    };
    const names = new Set<string>();
    for (const name of expandHosts(config.hosts)) {
      if (!names.has(name)) {
        names.add(name);
        continue;
      }
      problem('hosts', `${name} is listed twice`);
      break;
    }
    const engine = config.engine ?? 'kernel';
    const perSecond = pingsPerSecond(config);
    if (perSecond > MOST_PER_SECOND[engine]) {
      problem(
        'every',
        `${String(names.size)} hosts at this interval are ${String(Math.round(perSecond))} pings a second; one probe can do ${String(MOST_PER_SECOND[engine])}`,
      );
    }
    const inFlight = (perSecond * config.timeout) / NS_PER_S;
    if (inFlight > MOST_IN_FLIGHT[engine]) {
      problem(
        'timeout',
        `more than ${String(MOST_IN_FLIGHT[engine])} pings would be in flight at once`,
      );
    }
    if (config.mtu !== undefined && config.df === false) {
      problem('df', '`mtu` is measured with packets that may not be fragmented: leave `df` out');
    }
    const source = config.source === undefined ? null : parseAddress(config.source);
    const other = config.hosts.find((text) => {
      const family = parseAddress(text.split('/')[0] ?? '')?.family;
      return source !== null && family !== undefined && family !== source.family;
    });
    if (other !== undefined) problem('source', `${other} is not of the family of this address`);
    if (config.engine !== 'net-ping') return;
    for (const key of KERNEL_ONLY) {
      if (config[key] !== undefined) problem(key, 'the engine net-ping cannot do this');
    }
  });

/** Settings that only the kernel engine knows. */
export const KERNEL_ONLY = ['mtu', 'df', 'tos', 'ttl', 'source', 'from'] as const;

/** Of all hosts together. */
export function pingsPerSecond(config: IcmpConfig): number {
  return planPings(config).reduce((sum, { intervalNs }) => sum + NS_PER_S / intervalNs, 0);
}

/** Why this configuration is too much for net-ping; null when it is not. */
export function tooMuchForNetPing(config: IcmpConfig): string | null {
  const key = KERNEL_ONLY.find((name) => config[name] !== undefined);
  if (key !== undefined) return `it cannot do \`${key}\``;
  const perSecond = Math.round(pingsPerSecond(config));
  return perSecond > MOST_PER_SECOND['net-ping']
    ? `${String(perSecond)} pings a second are more than it can do (${String(MOST_PER_SECOND['net-ping'])})`
    : null;
}
