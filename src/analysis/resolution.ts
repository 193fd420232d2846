import type { DurationNs, RunNs } from '../model/time.ts';
import type { CalmRows } from './calm-rows.ts';
import { countsAsAttempt, type Row, sightOf } from './row.ts';

/**
 * The longest that an outage can have been without being seen: from the sending of one attempt that counts to the answer of the next.
 * Sent at 0, 20, (40 unsent), 60 and answered 1 later → 41.
 */
export function createResolution() {
  let last: RunNs | null = null;
  let largest: DurationNs | null = null;
  return {
    add: (row: Row) => {
      if (!countsAsAttempt(row)) return;
      const { from, to } = sightOf(row);
      if (last !== null) largest = Math.max(largest ?? 0, to - last);
      last = from;
    },
    addCalm: ({ batch: { sent, latency }, from, to }: CalmRows) => {
      let [before, most] = [last, largest];
      for (let row = from; row < to; row++) {
        const at = sent[row] ?? 0;
        if (before !== null) {
          const gap = at + (latency[row] ?? 0) - before;
          if (most === null || gap > most) most = gap;
        }
        before = at;
      }
      [last, largest] = [before, most];
    },
    finish: (): DurationNs | null => largest,
  };
}
