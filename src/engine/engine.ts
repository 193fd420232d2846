import type { RunEvent } from '../model/event.ts';
import type { Phase } from '../model/phase.ts';
import { NS_PER_MS, NS_PER_S, type RunNs } from '../model/time.ts';
import { bootTimeS } from '../platform/boot-time.ts';
import { type RunClock, wallMs } from '../platform/clock.ts';
import { every } from '../platform/timers.ts';
import { blindSpan } from './blind-span.ts';
import { type ClockChange, type ClockReading, clockChanges } from './clock-watch.ts';
import type { EngineOptions, EngineProbe } from './engine-probe.ts';
import { openProbeHost, type ProbeHost } from './probe-host.ts';

export type { EngineProbe } from './engine-probe.ts';

/** The probes of a run, each in a worker of its own. */
export type Engine = {
  /** Probe name → how it measures. */
  readonly engines: ReadonlyMap<string, string | null>;
  /** Starts all schedules at one instant, shortly ahead, and returns it. */
  readonly start: () => RunNs;
  /**
   * The run entered `phase` at `at`. Resolves when every attempt due before has ended, so that what is done from then on can only
   * be seen in attempts of this phase; or when a worker does not get there in time. Never rejects.
   */
  readonly phase: (phase: Phase, at: RunNs) => Promise<void>;
  /**
   * Ends scheduling. Attempts in flight end on their own deadline; resolves when every attempt that was due has its row
   * and the workers are gone. Never rejects.
   */
  readonly stop: () => Promise<void>;
  /** Ends every worker now. */
  readonly kill: () => void;
};

/** Every worker has the schedule before its first attempt is due. */
const LEAD_NS = 50 * NS_PER_MS;
const CLOCK_WATCH_MS = 1000;

/**
 * Opens every probe in its worker; all are open before any attempt is due. Throws the CodedError of the first that cannot
 * (and closes the others).
 */
export async function openEngine(
  probes: readonly EngineProbe[],
  options: EngineOptions,
): Promise<Engine> {
  const { clock, writer } = options;
  const openings = probes.map((probe) => openProbeHost(probe, options));
  const settled = await Promise.allSettled(openings);
  const hosts = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const refused = settled.find((one) => one.status === 'rejected');
  const kill = () => {
    for (const host of hosts) host.kill();
  };
  if (refused !== undefined) {
    kill();
    throw refused.reason;
  }
  let endClockWatch: () => void = () => undefined;
  return {
    engines: new Map(hosts.map(({ name, engine }) => [name, engine])),
    start: () => {
      const at = clock.now() + LEAD_NS;
      for (const host of hosts) host.start(at);
      endClockWatch = watchClocks(clock, (change) => {
        for (const event of eventsOf(change, hosts)) writer.event(event);
      });
      return at;
    },
    phase: async (phase, at) => {
      await Promise.all(hosts.map((host) => host.phase(phase, at)));
    },
    stop: async () => {
      const at = clock.now();
      await Promise.all(hosts.map((host) => host.stop(at)));
      endClockWatch();
    },
    kill: () => {
      endClockWatch();
      kill();
    },
  };
}

function watchClocks(clock: RunClock, onChange: (change: ClockChange) => void): () => void {
  const read = (): ClockReading => {
    const boot = bootTimeS();
    const bootNs = boot === null ? null : boot * NS_PER_S;
    return { at: clock.now(), wallNs: wallMs() * NS_PER_MS, bootNs };
  };
  let last = read();
  const look = () => {
    const now = read();
    for (const change of clockChanges(last, now)) onChange(change);
    last = now;
  };
  const end = every(CLOCK_WATCH_MS, look);
  return () => {
    end();
    // A machine suspended just before the end wakes to the end, not to this timer.
    look();
  };
}

function eventsOf(change: ClockChange, hosts: readonly ProbeHost[]): readonly RunEvent[] {
  switch (change.kind) {
    case 'suspended':
      return hosts.map(({ name }) => ({
        ...blindSpan(change.start, change.end, 'clock-jump'),
        probe: name,
        detail: { suspendedMs: Math.round(change.lostNs / NS_PER_MS) },
      }));
    case 'stepped': {
      const detail = { byMs: Math.round(change.byNs / NS_PER_MS) };
      const nothing = { end: null, probe: null, target: null, subject: null, serverTime: null };
      return [{ kind: 'clock', at: change.at, what: 'stepped', detail, ...nothing }];
    }
  }
}
