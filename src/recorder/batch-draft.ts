import type { SampleBatch, Stage } from '../model/sample.ts';
import { ofEachStage } from '../model/sample-batch.ts';

/**
 * Rows of one probe, one after the other → batches of at most `capacity` rows in which those of a target stand together, in the order in which they came. What
 * folds them then works on one target's figures at a time: with 2,000 targets in turn, each row would find them gone from the processor's cache.
 */
export function createBatchDraft(probe: string, targets: number, capacity: number) {
  let columns: ReturnType<typeof columnsOf> | null = null;
  /** The batch taken last. */
  let taken: ReturnType<typeof columnsOf> | null = null;
  let details = new Map<number, string>();
  let timings: Record<Stage, Float64Array> | null = null;
  let count = 0;
  return {
    /** The columns to fill at `next()`. */
    columns: () => {
      columns ??= columnsOf(capacity);
      return columns;
    },
    next: (): number => count++,
    detail: (row: number, text: string) => {
      details.set(row, text);
    },
    timing: (row: number, stage: Stage, ns: number) => {
      timings ??= ofEachStage(() => new Float64Array(capacity).fill(Number.NaN));
      timings[stage][row] = ns;
    },
    isFull: () => count === capacity,
    /** What has been put since the last call, valid until the next; null when nothing has. */
    take: (): SampleBatch | null => {
      if (count === 0 || columns === null) return null;
      const order = orderByTarget(columns.target.subarray(0, count), targets);
      taken ??= columnsOf(capacity);
      const told = timings;
      const batch: SampleBatch = {
        probe,
        count,
        target: picked(columns.target, order, taken.target.subarray(0, count)),
        seq: picked(columns.seq, order, taken.seq.subarray(0, count)),
        due: picked(columns.due, order, taken.due.subarray(0, count)),
        sent: picked(columns.sent, order, taken.sent.subarray(0, count)),
        latency: picked(columns.latency, order, taken.latency.subarray(0, count)),
        outcome: picked(columns.outcome, order, taken.outcome.subarray(0, count)),
        reason: picked(columns.reason, order, taken.reason.subarray(0, count)),
        flags: picked(columns.flags, order, taken.flags.subarray(0, count)),
        details: details.size === 0 ? details : moved(details, order),
        timings:
          told === null
            ? null
            : ofEachStage((stage) => picked(told[stage], order, new Float64Array(count))),
      };
      details = new Map();
      timings = null;
      count = 0;
      return batch;
    },
  };
}

/** Targets of rows → the rows by target, those of a target in the order they were in: 2 0 2 1 → 1 3 0 2. */
function orderByTarget(target: Uint16Array, targets: number): Uint32Array {
  const next = new Uint32Array(targets + 1);
  for (const index of target) next[index + 1] = (next[index + 1] ?? 0) + 1;
  for (let index = 1; index <= targets; index++) {
    next[index] = (next[index] ?? 0) + (next[index - 1] ?? 0);
  }
  const order = new Uint32Array(target.length);
  for (let row = 0; row < target.length; row++) {
    const index = target[row] ?? 0;
    const place = next[index] ?? 0;
    order[place] = row;
    next[index] = place + 1;
  }
  return order;
}

type Column = Uint8Array | Uint16Array | Uint32Array | Float64Array;

function picked<T extends Column>(from: T, order: Uint32Array, into: T): T {
  for (let row = 0; row < order.length; row++) into[row] = from[order[row] ?? 0] ?? 0;
  return into;
}

function moved(details: ReadonlyMap<number, string>, order: Uint32Array): Map<number, string> {
  const result = new Map<number, string>();
  for (let row = 0; row < order.length; row++) {
    const detail = details.get(order[row] ?? 0);
    if (detail !== undefined) result.set(row, detail);
  }
  return result;
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
