import type { DurationNs, RunNs } from '../model/time.ts';
import { countsAsAttempt, type Row } from './row.ts';

/**
 * The largest gap between due times of consecutive attempts that count: an outage longer than this was certain to be
 * seen. Due at 0, 20, (40 unsent), 60 → 40.
 */
export function createResolution() {
  let last: RunNs | null = null;
  let largest: DurationNs | null = null;
  return {
    add: (row: Row) => {
      if (!countsAsAttempt(row)) return;
      if (last !== null) largest = Math.max(largest ?? 0, row.due - last);
      last = row.due;
    },
    finish: (): DurationNs | null => largest,
  };
}
