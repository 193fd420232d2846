import type { Outcome, Reason } from '../model/sample.ts';
import type { RunNs } from '../model/time.ts';

/** What the folds of one target need of a sample. */
export type Row = {
  readonly seq: number;
  readonly due: RunNs;
  readonly outcome: Outcome;
  readonly reason: Reason;
  readonly flags: number;
  /** ns, null without an answer. */
  readonly latency: number | null;
};

/** Whether the attempt is an observation: success or loss, not the verifier's own failure to look. */
export function countsAsAttempt(row: Row): boolean {
  return row.outcome !== 'unsent';
}
