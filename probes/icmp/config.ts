import { z } from 'zod';
import { duration } from '../../src/contracts/scalars.ts';
import { NS_PER_MS, NS_PER_S } from '../../src/model/time.ts';
import { parseAddress, unpingable } from './address.ts';
import { TAG_BYTES } from './packet.ts';

/** About half a core: a ping costs 50 to 110 µs here. Beyond, latency is the event loop's and not the network's. */
const MOST_PER_SECOND = 5_000;
/** Sequence numbers on the wire have 16 bits; half of them may be in flight at once. */
const MOST_IN_FLIGHT = 32_768;
/** What fits into a jumbo frame of 9,000 bytes beside the IPv4 and ICMP headers. */
const LARGEST_PAYLOAD = 8_972;

const NAME =
  /^(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?)(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?)*\.?$/i;

const host = z.string().check((context) => {
  const text = context.value;
  const address = parseAddress(text);
  const problem =
    address === null
      ? !NAME.test(text) || /^[\d.]+$/.test(text)
        ? `"${text}" is not an IP address or a host name`
        : null
      : unpingable(address);
  if (problem !== null) context.issues.push({ code: 'custom', message: problem, input: text });
});

export type IcmpConfig = {
  readonly hosts: readonly string[];
  /** ns. */
  readonly every: number;
  /** ns. */
  readonly timeout: number;
  /** Bytes of payload. */
  readonly size: number;
};

export const icmpConfig: z.ZodType<IcmpConfig> = z
  .strictObject({
    hosts: z
      .array(host)
      .min(1, { error: 'name at least one host' })
      .max(1_000)
      .describe(
        'Hosts to ping: IPv4 or IPv6 addresses, or names, which are resolved once before the run.',
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
  })
  .check((context) => {
    const { hosts, every, timeout } = context.value;
    const problem = (path: string, message: string) => {
      context.issues.push({ code: 'custom', message, path: [path], input: context.value });
    };
    const twice = hosts.find((name, i) => hosts.indexOf(name) !== i);
    if (twice !== undefined) problem('hosts', `${twice} is listed twice`);
    const perSecond = (hosts.length * NS_PER_S) / every;
    if (perSecond > MOST_PER_SECOND) {
      problem(
        'every',
        `${String(hosts.length)} hosts at this interval are ${String(Math.round(perSecond))} pings a second; one probe can do ${String(MOST_PER_SECOND)}`,
      );
    }
    if ((hosts.length * timeout) / every > MOST_IN_FLIGHT) {
      problem('timeout', `more than ${String(MOST_IN_FLIGHT)} pings would be in flight at once`);
    }
  });
