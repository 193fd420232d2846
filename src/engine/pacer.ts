import { latenessLimit } from '../model/lateness.ts';
import { dueTime, type PlannedTarget } from '../model/plan.ts';
import type { RunNs } from '../model/time.ts';

export type Pacer = {
  /**
   * Visits every attempt due at or before `until`, each once, in order of due time. `late` is true for one that can, `now`,
   * no longer leave in time: it is unsent, not made up for, so a stall is never followed by a burst.
   */
  readonly take: (until: RunNs, now: RunNs, visit: Visit) => void;
  /** Due time of the next attempt; Infinity without targets. */
  readonly next: () => RunNs;
};

export type Visit = (target: number, seq: number, due: RunNs, late: boolean) => void;

/**
 * Open-loop pacing of many targets: due times are start + offset + seq × interval, whatever happened before. Pure: time is
 * what it is told. A binary heap of targets by next due time: O(log targets) an attempt.
 */
export function createPacer(targets: readonly PlannedTarget[], start: RunNs): Pacer {
  const limit = targets.map(({ intervalNs }) => latenessLimit(intervalNs));
  const seq = new Uint32Array(targets.length);
  const due = Float64Array.from(targets, (target) => dueTime(target, start, 0));
  const heap = Uint16Array.from(targets.keys());

  const at = (place: number) => heap[place] ?? 0;
  const before = (a: number, b: number) => {
    const [dueA = 0, dueB = 0] = [due[a], due[b]];
    return dueA < dueB || (dueA === dueB && a < b);
  };
  const sink = (from: number) => {
    let place = from;
    for (;;) {
      const left = 2 * place + 1;
      if (left >= heap.length) return;
      const right = left + 1;
      const child = right < heap.length && before(at(right), at(left)) ? right : left;
      if (!before(at(child), at(place))) return;
      const lower = at(child);
      heap[child] = at(place);
      heap[place] = lower;
      place = child;
    }
  };
  for (let place = (heap.length >> 1) - 1; place >= 0; place--) sink(place);

  const next = () => (heap.length === 0 ? Number.POSITIVE_INFINITY : (due[at(0)] ?? 0));
  return {
    next,
    take: (until, now, visit) => {
      while (next() <= until) {
        const target = at(0);
        const [number = 0, dueAt = 0] = [seq[target], due[target]];
        const planned = targets[target];
        if (planned === undefined) return;
        seq[target] = number + 1;
        due[target] = dueTime(planned, start, number + 1);
        sink(0);
        visit(target, number, dueAt, now - dueAt > (limit[target] ?? 0));
      }
    },
  };
}

/** How many attempts of a target are due before `at`. */
export function dueBefore(target: PlannedTarget, start: RunNs, at: RunNs): number {
  const upTo = dueCount(target, start, at);
  return upTo > 0 && dueTime(target, start, upTo - 1) >= at ? upTo - 1 : upTo;
}

/** How many attempts of a target are due up to and including `until`. */
export function dueCount(target: PlannedTarget, start: RunNs, until: RunNs): number {
  const first = dueTime(target, start, 0);
  return until < first ? 0 : Math.floor((until - first) / target.intervalNs) + 1;
}
