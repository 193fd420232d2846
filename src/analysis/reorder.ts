import type { DurationNs, RunNs } from '../model/time.ts';
import type { Row } from './row.ts';

/** Beyond this many rows ahead of a gap the missing one is given up: no probe has so many in flight. */
const MAX_PENDING = 65_536;

export type Reorder = {
  /**
   * Rows that come in order from `seq` on, `count` of them, the last due at `due`: true when they are next and none waits, so that they need not be
   * given one by one. They have then been passed.
   */
  readonly pass: (seq: number, count: number, due: RunNs) => boolean;
  /** A row that came before is dropped: each seq is passed on once. */
  readonly add: (row: Row) => void;
  /** Fills the gaps, and what is missing up to (not including) `until`; null when the end is not known. */
  readonly finish: (until: RunNs | null) => void;
};

/**
 * Rows of one target in order of completion → the same rows in order of seq, without a gap. A seq that never came is
 * passed on as `unsent: unrecorded`, due where the schedule has it:
 *
 *     seq 1 0 3 | finish → 0 1 2(unrecorded) 3
 */
export function createReorder(
  intervalNs: DurationNs,
  passOn: (row: Row) => void,
  maxPending = MAX_PENDING,
): Reorder {
  const pending = new Map<number, Row>();
  let next = 0;
  let lastDue: RunNs | null = null;

  const give = (row: Row) => {
    passOn(row);
    lastDue = row.due;
    next = row.seq + 1;
  };
  const unrecorded = (due: RunNs): Row => ({
    seq: next,
    due,
    sent: null,
    outcome: 'unsent',
    reason: 'unrecorded',
    flags: 0,
    latency: null,
    timings: null,
  });
  const fillTo = (row: Row) => {
    while (next < row.seq) give(unrecorded(row.due - (row.seq - next) * intervalNs));
  };
  const drain = () => {
    for (let row = pending.get(next); row !== undefined; row = pending.get(next)) {
      pending.delete(row.seq);
      give(row);
    }
  };
  const giveUpGap = () => {
    let first: Row | undefined;
    for (const row of pending.values()) if (first === undefined || row.seq < first.seq) first = row;
    if (first === undefined) return;
    fillTo(first);
    drain();
  };

  return {
    pass: (seq, count, due) => {
      if (seq !== next || pending.size > 0) return false;
      next += count;
      lastDue = due;
      return true;
    },
    add: (row) => {
      if (row.seq < next || pending.has(row.seq)) return;
      if (row.seq > next) {
        pending.set(row.seq, row);
        if (pending.size > maxPending) giveUpGap();
        return;
      }
      give(row);
      if (pending.size > 0) drain();
    },
    finish: (until) => {
      while (pending.size > 0) giveUpGap();
      if (until === null || lastDue === null) return;
      while (lastDue + intervalNs < until) give(unrecorded(lastDue + intervalNs));
    },
  };
}
