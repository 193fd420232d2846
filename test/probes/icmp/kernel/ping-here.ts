import { icmpConfig } from '../../../../probes/icmp/config.ts';
import { newIdentity } from '../../../../probes/icmp/identity.ts';
import { icmp } from '../../../../probes/icmp/index.ts';
import { openIcmpSocket } from '../../../../probes/icmp/kernel/icmp-socket.ts';
import { createKernelClock } from '../../../../probes/icmp/kernel/kernel-clock.ts';
import { createKernelPinger } from '../../../../probes/icmp/kernel/kernel-pinger.ts';
import { startLoop } from '../../../../probes/icmp/kernel/loop.ts';
import { open } from '../../../../probes/icmp/kernel/measure.ts';
import { inNetworkNamespace } from '../../../../probes/icmp/kernel/network-namespace.ts';
import { resolveHosts } from '../../../../probes/icmp/resolve-hosts.ts';
import type { PacedMeasurer, ProbeContext, PutRow } from '../../../../src/contracts/probe.ts';
import { startPaced } from '../../../../src/engine/paced.ts';
import { CodedError } from '../../../../src/errors/coded-error.ts';
import type { RunEvent } from '../../../../src/model/event.ts';
import type { Sample } from '../../../../src/model/sample.ts';
import { dropAnchor, runClock } from '../../../../src/platform/clock.ts';
import { loadLibc } from '../../../../src/platform/libc.ts';

type Row = Omit<Sample, 'due' | 'sent' | 'timings'>;

const running = new Set<() => Promise<void>>();

/** Ends what a failed test has left running. */
export async function stopPingsHere(): Promise<void> {
  await Promise.all([...running].map((stop) => stop()));
}

/** The kernel engine in the test's own thread, on real sockets: what `open` gives, or a datagram socket where it would take a raw one. */
export async function pingHere(
  config: object,
  { datagram = false }: { readonly datagram?: boolean } = {},
) {
  const parsed = icmpConfig.parse(config);
  const targets = icmp.targets(parsed);
  const { now } = runClock(dropAnchor());
  const rows: Row[] = [];
  const events: Omit<RunEvent, 'probe'>[] = [];
  const context: ProbeContext = {
    probe: 'here',
    targets,
    now,
    env: {},
    emit: (event) => events.push(event),
    stalledSince: () => 0,
  };
  const measurer = datagram ? await onDatagrams(parsed, context) : await open(parsed, context);
  if (measurer.type !== 'paced') throw new Error('not paced');
  const { emit } = context;
  const put: PutRow = (target, seq, _due, _sent, latency, outcome, reason, flags, detail) => {
    rows.push({ target, seq, latency, outcome, reason, flags, detail });
  };
  const pace = startPaced({ targets, measurer, now, suspendedSince: () => 0, put, emit }, now());
  let stopped = false;
  const stop = async () => {
    if (stopped) return;
    stopped = true;
    running.delete(stop);
    await pace.stop(now());
    await measurer.close();
  };
  running.add(stop);
  return {
    engine: measurer.engine,
    events,
    ended: (name?: string): readonly Row[] =>
      rows.filter(({ target }) => name === undefined || targets[target]?.name === name),
    /** Resolves when `condition` holds; `meanwhile` is done again and again until then. */
    until: async (condition: () => boolean, meanwhile: () => void = () => undefined) => {
      while (!condition()) {
        if (stopped) throw new Error('stopped before the condition held');
        meanwhile();
        await new Promise((resolve) => {
          setTimeout(resolve, 1);
        });
      }
    },
    stop,
  };
}

async function onDatagrams(
  config: ReturnType<typeof icmpConfig.parse>,
  { now, emit }: ProbeContext,
): Promise<PacedMeasurer> {
  const libc = await loadLibc();
  const identity = newIdentity();
  const hosts = (await resolveHosts(config.hosts)).map((host) => {
    if (host instanceof CodedError) throw host;
    return host;
  });
  const families = new Set(hosts.map(({ address }) => address.family));
  const { tos, ttl, df } = config;
  const sockets = new Map(
    [...families].map((family) => {
      const options = { id: identity.id, source: null, tos, ttl, df };
      const opened = inNetworkNamespace(libc, config.from?.netns ?? null, () =>
        openIcmpSocket(libc, family, 'datagram', options),
      );
      if ('errno' in opened) throw new Error(`${opened.call}: ${libc.describe(opened.errno)}`);
      return [family, opened] as const;
    }),
  );
  const targets = hosts.map(({ host, address }) => {
    return { name: host, address, scope: 0, size: config.size, tooLarge: false };
  });
  return {
    type: 'paced',
    engine: 'datagram socket of a test',
    start: (schedule, put) => {
      const clock = createKernelClock(libc, now);
      const limits = { timeoutNs: config.timeout, perSecond: 1000, firstAttempt: 0 };
      const options = { libc, clock, sockets, identity, targets, emit, ...limits };
      return startLoop(createKernelPinger(options, schedule, put), schedule, clock);
    },
    close: () => {
      for (const socket of sockets.values()) socket.close();
      return Promise.resolve();
    },
  };
}
