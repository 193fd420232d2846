import type { Schedule } from '../../../src/contracts/probe.ts';
import { type DurationNs, NS_PER_MS, type RunNs } from '../../../src/model/time.ts';
import { after, nextTurn } from '../../../src/platform/timers.ts';
import type { KernelClock } from './kernel-clock.ts';
import type { KernelPinger } from './kernel-pinger.ts';

/** The event loop of this thread turns at least so often, for messages, batches and heartbeats. */
const YIELD_NS = 5 * NS_PER_MS;
/** A turn costs as much as three pings: what is due within a hundredth of the interval, within these limits, goes out together. */
const PACE_NS = { least: 250_000, most: NS_PER_MS };
/** Replies are read at least so often; their latency does not depend on it, only when it is known. */
const READ_NS = 20 * NS_PER_MS;
/** Timers take no more than 2^31 ms. */
const LONGEST_WAIT_MS = 60_000;
/** A timer of the event loop may fire so much late: the rest is slept exactly. */
const TIMER_GRAIN_NS = 3 * NS_PER_MS;

/** How long after a turn the next is made at the soonest, where every target is pinged at this interval. */
export function paceOf(intervalNs: DurationNs): DurationNs {
  return Math.min(Math.max(intervalNs / 100, PACE_NS.least), PACE_NS.most);
}

/** Turns the pinger when something is due. The returned function resolves when the schedule is over and nothing is in flight. */
export function startLoop(
  pinger: KernelPinger,
  schedule: Schedule,
  clock: KernelClock,
  paceNs: DurationNs = PACE_NS.least,
): () => Promise<void> {
  let ended: (() => void) | null = null;
  /** There is nothing to do until the end. */
  let idle = false;
  /** Of the timer that waits for the next turn. */
  let cancel: (() => void) | null = null;

  /** When to turn next; Infinity when there is nothing to do. */
  const wakeAt = (turned: RunNs): RunNs => {
    const reading = pinger.inFlight() > 0 ? turned + READ_NS : Number.POSITIVE_INFINITY;
    const soonest = Math.min(schedule.next(), pinger.deadline(), reading);
    return Math.max(soonest, turned + paceNs);
  };
  const step = () => {
    cancel = null;
    const entered = clock.now();
    for (;;) {
      const turned = clock.now();
      pinger.turn();
      const wake = wakeAt(turned);
      if (wake === Number.POSITIVE_INFINITY) {
        if (ended === null) {
          idle = true;
          return;
        }
        pinger.finish();
        ended();
        return;
      }
      const now = clock.now();
      const gap = wake - now;
      if (gap > TIMER_GRAIN_NS) {
        const wait = Math.floor((gap - TIMER_GRAIN_NS) / NS_PER_MS) + 1;
        cancel = after(Math.min(wait, LONGEST_WAIT_MS), step);
        return;
      }
      if (gap > 0) clock.sleepUntil(wake);
      if (clock.now() - entered > YIELD_NS) {
        nextTurn(step);
        return;
      }
    }
  };
  nextTurn(step);
  return () =>
    new Promise((resolve) => {
      ended = resolve;
      // It may be waiting for what is no longer due, or for nothing at all.
      if (idle || cancel !== null) {
        cancel?.();
        idle = false;
        nextTurn(step);
      }
    });
}
