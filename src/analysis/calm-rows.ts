import { FLAG, OUTCOMES, type SampleBatch } from '../model/sample.ts';

/** Rows [from, to) of a batch, all of them calm and of one target. */
export type CalmRows = {
  readonly batch: SampleBatch;
  readonly from: number;
  readonly to: number;
};

const OK = OUTCOMES.indexOf('ok');
const TOUCHED = FLAG.late | FLAG.disturbed;

/**
 * The end of the calm rows that begin at `from`: attempts of one target, one after the other, that were sent and answered well, undisturbed, and tell no stages. `from` itself when
 * that row is not calm. Nearly all rows of a run are; that they can be folded as columns, without an object for each, is what makes a
 * report of ten million samples a matter of seconds. What the folds make of them is the same either way.
 */
export function calmUntil(batch: SampleBatch, from: number, to: number): number {
  if (batch.timings !== null) return from;
  const { target, seq, due, sent, latency, outcome, flags } = batch;
  let row = from;
  for (; row < to; row++) {
    const follows =
      row === from ||
      (target[row] === target[row - 1] &&
        seq[row] === (seq[row - 1] ?? 0) + 1 &&
        (due[row] ?? 0) >= (due[row - 1] ?? 0));
    const calm =
      outcome[row] === OK &&
      ((flags[row] ?? 0) & TOUCHED) === 0 &&
      // False for NaN, too.
      (latency[row] ?? Number.NaN) >= 0 &&
      !Number.isNaN(sent[row] ?? Number.NaN);
    if (!follows || !calm) break;
  }
  return row;
}
