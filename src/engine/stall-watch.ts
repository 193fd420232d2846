import { type DurationNs, NS_PER_MS, type RunNs } from '../model/time.ts';

/** How often the watch expects to be ticked. */
export const TICK_NS = 10 * NS_PER_MS;
/** A tick later than this is a stall; below it is the grain of timers. */
const TOLERANCE_NS = 20 * NS_PER_MS;
const KEPT = 512;

export type Stall = { readonly start: RunNs; readonly end: RunNs };

/** Notes when an event loop did not turn. Pure: told the time at every tick and whenever it is asked. */
export type StallWatch = {
  /** To be called every TICK_NS; returns the stall that this tick ended, if it did. */
  readonly tick: (now: RunNs) => Stall | null;
  /** Time the loop stood still within [since, now], a stall that has no tick behind it yet included. */
  readonly within: (since: RunNs, now: RunNs) => DurationNs;
};

export function createStallWatch(start: RunNs): StallWatch {
  const stalls: Stall[] = [];
  let last = start;
  const pending = (now: RunNs): Stall | null =>
    now - last > TICK_NS + TOLERANCE_NS ? { start: last + TICK_NS, end: now } : null;
  return {
    tick: (now) => {
      const stall = pending(now);
      last = now;
      if (stall === null) return null;
      stalls.push(stall);
      if (stalls.length > KEPT) stalls.shift();
      return stall;
    },
    within: (since, now) => {
      let total = 0;
      const open = pending(now);
      if (open !== null) total += Math.max(0, open.end - Math.max(open.start, since));
      for (let i = stalls.length - 1; i >= 0; i--) {
        const stall = stalls[i];
        if (stall === undefined || stall.end <= since) break;
        total += Math.max(0, Math.min(stall.end, now) - Math.max(stall.start, since));
      }
      return total;
    },
  };
}
