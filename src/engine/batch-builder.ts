import type { PutRow } from '../contracts/probe.ts';
import {
  OUTCOMES,
  type Outcome,
  REASONS,
  type Reason,
  type SampleBatch,
  STAGES,
  type Timings,
} from '../model/sample.ts';
import { ofEachStage } from '../model/sample-batch.ts';
import type { RunNs } from '../model/time.ts';

export type Row = {
  readonly target: number;
  readonly seq: number;
  readonly due: RunNs;
  readonly sent: RunNs | null;
  readonly latency: number | null;
  readonly outcome: Outcome;
  readonly reason: Reason;
  readonly flags: number;
  readonly detail: string | null;
  readonly timings: Timings | null;
};

export type BatchBuilder = {
  /** Returns true when the batch is full and must be taken. */
  readonly add: (row: Row) => boolean;
  /** The same of a row that nothing was made for. */
  readonly put: (...row: Parameters<PutRow>) => boolean;
  /** The rows since the last call as columns; null when there are none. */
  readonly take: () => SampleBatch | null;
};

const OUTCOME_INDEX = new Map(OUTCOMES.map((name, index) => [name, index]));
const REASON_INDEX = new Map(REASONS.map((name, index) => [name, index]));

/** Rows → column batches of at most `capacity` rows. */
export function createBatchBuilder(probe: string, capacity = 4096): BatchBuilder {
  let columns = columnsOf(capacity);
  let details = new Map<number, string>();
  /** Made with the first row that has any. */
  let timings: SampleBatch['timings'] = null;
  let count = 0;
  const put: BatchBuilder['put'] = (
    target,
    seq,
    due,
    sent,
    latency,
    outcome,
    reason,
    flags,
    detail,
  ) => {
    columns.target[count] = target;
    columns.seq[count] = seq;
    columns.due[count] = due;
    columns.sent[count] = sent;
    columns.latency[count] = latency;
    columns.outcome[count] = OUTCOME_INDEX.get(outcome) ?? 0;
    columns.reason[count] = REASON_INDEX.get(reason) ?? 0;
    columns.flags[count] = flags;
    if (detail !== null) details.set(count, detail);
    count++;
    return count === capacity;
  };
  return {
    put,
    add: ({ target, seq, due, sent, latency, outcome, reason, flags, detail, timings: told }) => {
      if (told !== null) {
        timings ??= ofEachStage(() => new Float64Array(capacity).fill(Number.NaN));
        for (const stage of STAGES) timings[stage][count] = told[stage] ?? Number.NaN;
      }
      return put(
        target,
        seq,
        due,
        sent ?? Number.NaN,
        latency ?? Number.NaN,
        outcome,
        reason,
        flags,
        detail,
      );
    },
    take: () => {
      if (count === 0) return null;
      // Exact copies: a view would carry its whole buffer across to the other thread.
      const batch: SampleBatch = {
        probe,
        count,
        target: columns.target.slice(0, count),
        seq: columns.seq.slice(0, count),
        due: columns.due.slice(0, count),
        sent: columns.sent.slice(0, count),
        latency: columns.latency.slice(0, count),
        outcome: columns.outcome.slice(0, count),
        reason: columns.reason.slice(0, count),
        flags: columns.flags.slice(0, count),
        details,
        timings: timings === null ? null : ofEachStage(cutTo(timings, count)),
      };
      if (count === capacity) columns = columnsOf(capacity);
      details = new Map();
      timings = null;
      count = 0;
      return batch;
    },
  };
}

function cutTo(timings: NonNullable<SampleBatch['timings']>, count: number) {
  return (stage: keyof typeof timings) => timings[stage].slice(0, count);
}

function columnsOf(capacity: number) {
  return {
    target: new Uint16Array(capacity),
    seq: new Uint32Array(capacity),
    due: new Float64Array(capacity),
    sent: new Float64Array(capacity),
    latency: new Float64Array(capacity),
    outcome: new Uint8Array(capacity),
    reason: new Uint8Array(capacity),
    flags: new Uint8Array(capacity),
  };
}
