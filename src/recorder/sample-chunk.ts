import { DuckDBDataChunk, type DuckDBType } from '@duckdb/node-api';
import { CodedError } from '../errors/coded-error.ts';
import type { PlannedTarget } from '../model/plan.ts';
import { type SampleBatch, STAGES } from '../model/sample.ts';
import { CHUNK_ROWS, draftBigints, draftColumn, writeTexts } from './chunk-columns.ts';
import { scheduled } from './scheduled.ts';

/** A target with its id in the run file. */
export type RecordedTarget = PlannedTarget & { readonly id: number };

/** Some rows of a batch, with the targets of its probe. */
export type SampleRows = {
  readonly batch: SampleBatch;
  readonly targets: readonly RecordedTarget[];
  readonly from: number;
  readonly to: number;
};

/**
 * Rows of several batches (together at most CHUNK_ROWS) → one chunk of table `packed_samples`, whose column types are given: about 0.1 µs a row.
 * Throws `internal` for a row of a target that is not planned.
 */
export function createSampleChunks(types: readonly DuckDBType[]) {
  const [targetId, seq] = [draftColumn('u32'), draftColumn('u32')];
  const [start, lateness, latency] = [draftBigints(), draftBigints(), draftBigints()];
  const [outcome, reason, flags] = [draftColumn('u8'), draftColumn('u8'), draftColumn('u8')];
  const drafts = [targetId, seq, start, lateness, latency, outcome, reason, flags];
  return (parts: readonly SampleRows[]): DuckDBDataChunk => {
    const details = new Map<number, string>();
    let at = 0;
    for (const { batch, targets, from, to } of parts) {
      for (let row = from; row < to; row++, at++) {
        const target = targets[batch.target[row] ?? -1];
        if (target === undefined) throw notPlanned(batch, row);
        const nth = batch.seq[row] ?? 0;
        const due = Math.round(batch.due[row] ?? 0);
        targetId.set(at, target.id);
        seq.set(at, nth);
        start.set(at, due - scheduled(target, nth));
        lateness.set(at, Math.round(batch.sent[row] ?? Number.NaN) - due);
        latency.set(at, Math.round(batch.latency[row] ?? Number.NaN));
        outcome.set(at, batch.outcome[row] ?? 0);
        reason.set(at, batch.reason[row] ?? 0);
        flags.set(at, batch.flags[row] ?? 0);
      }
      if (batch.details.size > 0) {
        for (const [row, detail] of batch.details) {
          if (row >= from && row < to) details.set(at - to + row, detail);
        }
      }
    }
    const chunk = DuckDBDataChunk.create(types, at);
    for (const [column, draft] of drafts.entries()) draft.write(chunk, column);
    writeTexts(chunk, drafts.length, details);
    return chunk;
  };
}

/**
 * Those of the rows that tell their stages apart → one chunk of table `timings`, whose column types are given; null when none
 * does.
 */
export function createTimingChunks(types: readonly DuckDBType[]) {
  const [targetId, seq] = [draftColumn('u32'), draftColumn('u32')];
  const stages = STAGES.map((stage) => ({ stage, draft: draftBigints() }));
  return (parts: readonly SampleRows[]): DuckDBDataChunk | null => {
    let at = 0;
    for (const { batch, targets, from, to } of parts) {
      const { timings } = batch;
      if (timings === null) continue;
      for (let row = from; row < to; row++) {
        if (STAGES.every((stage) => Number.isNaN(timings[stage][row]))) continue;
        targetId.set(at, targets[batch.target[row] ?? -1]?.id ?? 0);
        seq.set(at, batch.seq[row] ?? 0);
        for (const { stage, draft } of stages) {
          draft.set(at, Math.round(timings[stage][row] ?? Number.NaN));
        }
        at++;
      }
    }
    if (at === 0) return null;
    const chunk = DuckDBDataChunk.create(types, at);
    const drafts = [targetId, seq, ...stages.map(({ draft }) => draft)];
    for (const [column, draft] of drafts.entries()) draft.write(chunk, column);
    return chunk;
  };
}

/** Takes rows off the front, at most `limit`; a batch that does not fit is cut. */
export function takeRows(queue: SampleRows[], limit = CHUNK_ROWS): SampleRows[] {
  const taken: SampleRows[] = [];
  let room = limit;
  let whole = 0;
  for (const part of queue) {
    const rows = part.to - part.from;
    if (rows > room) {
      if (room > 0) taken.push({ ...part, to: part.from + room });
      queue[whole] = { ...part, from: part.from + room };
      break;
    }
    taken.push(part);
    room -= rows;
    whole++;
  }
  queue.splice(0, whole);
  return taken;
}

function notPlanned({ probe, target }: SampleBatch, row: number): CodedError {
  const which = `probe ${probe} has no target number ${String(target[row])}`;
  return new CodedError('internal', `a sample cannot be recorded: ${which} in the plan`, null);
}
