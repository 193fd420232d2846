import { type DurationNs, NS_PER_MS, NS_PER_S, type RunNs } from '../model/time.ts';

/** How often the watch expects to be ticked. */
export const TICK_NS = 10 * NS_PER_MS;
/** A tick later than this is a stall; below it is the grain of timers. */
const TOLERANCE_NS = 10 * NS_PER_MS;
/** The machine's clocks have drifted apart by this much: it was suspended. Below it is their grain. */
const SUSPENDED_NS = NS_PER_S;
const KEPT = 512;

export type Stall = { readonly start: RunNs; readonly end: RunNs };

type Kept = Stall & { readonly suspendedNs: DurationNs };

/**
 * Notes when an event loop did not turn. Pure: told the time at every tick and whenever it is asked. A suspended machine stops the
 * monotonic clock as well, so `asleep`, all the time it was suspended so far, is told apart.
 */
export type StallWatch = {
  /** To be called every TICK_NS; returns the stall that this tick ended, if it did. */
  readonly tick: (now: RunNs) => Stall | null;
  /** To be called at every tick, and before a failure is weighed. */
  readonly slept: (asleep: DurationNs, now: RunNs) => void;
  /**
   * Time the loop stood still within [since, now], a stall that has no tick behind it yet included, and the time the machine
   * was suspended in it: that can be longer than what has passed.
   */
  readonly within: (since: RunNs, now: RunNs) => DurationNs;
  /** The part of that in which the machine was suspended. */
  readonly suspendedSince: (since: RunNs) => DurationNs;
};

export function createStallWatch(start: RunNs, asleepAtStart: DurationNs = 0): StallWatch {
  const stalls: Kept[] = [];
  let last = start;
  let knownAsleep = asleepAtStart;
  const keep = (stall: Kept) => {
    stalls.push(stall);
    if (stalls.length > KEPT) stalls.shift();
  };
  const pending = (now: RunNs): Stall | null =>
    now - last > TICK_NS + TOLERANCE_NS ? { start: last + TICK_NS, end: now } : null;
  return {
    tick: (now) => {
      const stall = pending(now);
      last = now;
      if (stall === null) return null;
      keep({ ...stall, suspendedNs: 0 });
      return stall;
    },
    slept: (asleep, now) => {
      const suspendedNs = asleep - knownAsleep;
      // Only upwards: two clocks cannot be read at one instant, and a reading in between may seem to go back.
      knownAsleep = Math.max(knownAsleep, asleep);
      if (suspendedNs >= SUSPENDED_NS) keep({ start: now, end: now, suspendedNs });
    },
    suspendedSince: (since) =>
      stalls.reduce((sum, { end, suspendedNs }) => sum + (end > since ? suspendedNs : 0), 0),
    within: (since, now) => {
      let total = 0;
      const open = pending(now);
      if (open !== null) total += Math.max(0, open.end - Math.max(open.start, since));
      for (let i = stalls.length - 1; i >= 0; i--) {
        const stall = stalls[i];
        if (stall === undefined || stall.end <= since) break;
        total += stall.suspendedNs;
        total += Math.max(0, Math.min(stall.end, now) - Math.max(stall.start, since));
      }
      return total;
    },
  };
}
