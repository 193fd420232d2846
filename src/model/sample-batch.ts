import {
  OUTCOMES,
  REASONS,
  type Sample,
  type SampleBatch,
  STAGES,
  type Stage,
  type Timings,
} from './sample.ts';

/** Samples of one probe, in the order given → columns. Times that are null become NaN. */
export function batchOf(probe: string, samples: readonly Sample[]): SampleBatch {
  const details = new Map<number, string>();
  for (const [row, { detail }] of samples.entries()) if (detail !== null) details.set(row, detail);
  return {
    probe,
    count: samples.length,
    target: Uint16Array.from(samples, (sample) => sample.target),
    seq: Uint32Array.from(samples, (sample) => sample.seq),
    due: Float64Array.from(samples, (sample) => sample.due),
    sent: Float64Array.from(samples, (sample) => sample.sent ?? Number.NaN),
    latency: Float64Array.from(samples, (sample) => sample.latency ?? Number.NaN),
    outcome: Uint8Array.from(samples, (sample) => OUTCOMES.indexOf(sample.outcome)),
    reason: Uint8Array.from(samples, (sample) => REASONS.indexOf(sample.reason)),
    flags: Uint8Array.from(samples, (sample) => sample.flags),
    details,
    timings: samples.some(({ timings }) => timings !== null)
      ? ofEachStage((stage) =>
          Float64Array.from(samples, ({ timings }) => timings?.[stage] ?? Number.NaN),
        )
      : null,
  };
}

/** Row `row` of the columns → a sample. Throws RangeError when there is no such row or its codes are unknown. */
export function rowOf(batch: SampleBatch, row: number): Sample {
  const { [row]: target } = batch.target;
  const { [row]: seq } = batch.seq;
  const { [row]: due } = batch.due;
  const { [row]: flags } = batch.flags;
  const outcome = OUTCOMES[batch.outcome[row] ?? -1];
  const reason = REASONS[batch.reason[row] ?? -1];
  if (
    row >= batch.count ||
    target === undefined ||
    seq === undefined ||
    due === undefined ||
    flags === undefined ||
    outcome === undefined ||
    reason === undefined
  ) {
    throw new RangeError(`no valid row ${String(row)} in a batch of ${String(batch.count)}`);
  }
  return {
    target,
    seq,
    due,
    sent: orNull(batch.sent[row]),
    latency: orNull(batch.latency[row]),
    outcome,
    reason,
    flags,
    detail: batch.details.get(row) ?? null,
    timings: timingsOf(batch, row),
  };
}

/** The stages of one row; null where none of them is told. */
export function timingsOf({ timings }: SampleBatch, row: number): Timings | null {
  if (timings === null) return null;
  const found = ofEachStage((stage) => orNull(timings[stage][row]));
  return STAGES.every((stage) => found[stage] === null) ? null : found;
}

/** A value for each stage. */
export function ofEachStage<T>(value: (stage: Stage) => T): Readonly<Record<Stage, T>> {
  return {
    dns: value('dns'),
    connect: value('connect'),
    tls: value('tls'),
    firstByte: value('firstByte'),
  };
}

function orNull(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value;
}
