import { OUTCOMES, type Outcome, REASONS, type Reason, type SampleBatch } from '../model/sample.ts';
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
};

export type BatchBuilder = {
  /** Returns true when the batch is full and must be taken. */
  readonly add: (row: Row) => boolean;
  /** The rows since the last call as columns; null when there are none. */
  readonly take: () => SampleBatch | null;
};

const OUTCOME_INDEX = new Map(OUTCOMES.map((name, index) => [name, index]));
const REASON_INDEX = new Map(REASONS.map((name, index) => [name, index]));

/** Rows → column batches of at most `capacity` rows. */
export function createBatchBuilder(probe: string, capacity = 4096): BatchBuilder {
  let columns = columnsOf(capacity);
  let details = new Map<number, string>();
  let count = 0;
  return {
    add: (row) => {
      columns.target[count] = row.target;
      columns.seq[count] = row.seq;
      columns.due[count] = row.due;
      columns.sent[count] = row.sent ?? Number.NaN;
      columns.latency[count] = row.latency ?? Number.NaN;
      columns.outcome[count] = OUTCOME_INDEX.get(row.outcome) ?? 0;
      columns.reason[count] = REASON_INDEX.get(row.reason) ?? 0;
      columns.flags[count] = row.flags;
      if (row.detail !== null) details.set(count, row.detail);
      count++;
      return count === capacity;
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
      };
      if (count === capacity) columns = columnsOf(capacity);
      details = new Map();
      count = 0;
      return batch;
    },
  };
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
