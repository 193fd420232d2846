import type { SampleBatch, Stage } from '../model/sample.ts';
import { ofEachStage } from '../model/sample-batch.ts';

/** Rows of one batch at most. */
const BATCH_ROWS = 8192;

/** Rows of one probe, one after the other → batches. */
export function createBatchDraft(probe: string) {
  let columns = columnsOf(BATCH_ROWS);
  let details = new Map<number, string>();
  let timings: Record<Stage, Float64Array> | null = null;
  let count = 0;
  return {
    /** The columns to fill at `next()`. */
    columns: () => columns,
    next: (): number => count++,
    detail: (row: number, text: string) => {
      details.set(row, text);
    },
    timing: (row: number, stage: Stage, ns: number) => {
      timings ??= ofEachStage(() => new Float64Array(BATCH_ROWS).fill(Number.NaN));
      timings[stage][row] = ns;
    },
    isFull: () => count === BATCH_ROWS,
    /** What has been put since the last call; null when nothing has. */
    take: (): SampleBatch | null => {
      if (count === 0) return null;
      const cut = <T extends { subarray: (from: number, to: number) => T }>(column: T): T =>
        column.subarray(0, count);
      const told = timings;
      const batch: SampleBatch = {
        probe,
        count,
        target: cut(columns.target),
        seq: cut(columns.seq),
        due: cut(columns.due),
        sent: cut(columns.sent),
        latency: cut(columns.latency),
        outcome: cut(columns.outcome),
        reason: cut(columns.reason),
        flags: cut(columns.flags),
        details,
        timings: told === null ? null : ofEachStage((stage) => cut(told[stage])),
      };
      columns = columnsOf(BATCH_ROWS);
      details = new Map();
      timings = null;
      count = 0;
      return batch;
    },
  };
}

function columnsOf(rows: number) {
  return {
    target: new Uint16Array(rows),
    seq: new Uint32Array(rows),
    due: new Float64Array(rows),
    sent: new Float64Array(rows),
    latency: new Float64Array(rows),
    outcome: new Uint8Array(rows),
    reason: new Uint8Array(rows),
    flags: new Uint8Array(rows),
  };
}
