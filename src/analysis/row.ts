import {
  OUTCOMES,
  type Outcome,
  REASONS,
  type Reason,
  type SampleBatch,
  type Timings,
} from '../model/sample.ts';
import { timingsOf } from '../model/sample-batch.ts';
import type { RunNs } from '../model/time.ts';

/** What is known of a target from one attempt that counts: its state somewhere between `from` and `to`. */
export type Sight = { readonly from: RunNs; readonly to: RunNs };

/** What the folds of one target need of a sample. */
export type Row = {
  readonly seq: number;
  readonly due: RunNs;
  /** Null when it never left, or failed before it could. */
  readonly sent: RunNs | null;
  readonly outcome: Outcome;
  readonly reason: Reason;
  readonly flags: number;
  /** ns, null without an answer. */
  readonly latency: number | null;
  /** Null where no stage is told apart. */
  readonly timings: Timings | null;
};

/** Row `row` of the columns. */
export function rowOf(batch: SampleBatch, row: number): Row {
  const sent = batch.sent[row] ?? Number.NaN;
  const latency = batch.latency[row] ?? Number.NaN;
  return {
    seq: batch.seq[row] ?? 0,
    due: batch.due[row] ?? 0,
    sent: Number.isNaN(sent) ? null : sent,
    outcome: OUTCOMES[batch.outcome[row] ?? -1] ?? 'unsent',
    reason: REASONS[batch.reason[row] ?? -1] ?? 'unrecorded',
    flags: batch.flags[row] ?? 0,
    latency: Number.isNaN(latency) ? null : latency,
    timings: timingsOf(batch, row),
  };
}

/** Whether the attempt is an observation: success or loss, not the verifier's own failure to look. */
export function countsAsAttempt(row: Row): boolean {
  return row.outcome !== 'unsent';
}

/**
 * An ok answer shows that the target was up at some moment between sending and answer, no more: a request that took 3 s may have
 * waited for a target that was out for nearly as long.
 */
export function sightOf({ sent, due, outcome, latency }: Row): Sight {
  const from = sent ?? due;
  return { from, to: outcome === 'ok' ? from + (latency ?? 0) : from };
}
