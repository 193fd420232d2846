import { DuckDBDataChunk, type DuckDBType, type DuckDBValue } from '@duckdb/node-api';
import { OUTCOMES, REASONS, type SampleBatch, STAGES } from '../model/sample.ts';
import { timingsOf } from '../model/sample-batch.ts';

/** DuckDB's vector size: no chunk holds more rows. */
export const CHUNK_ROWS = 2048;

/** Some rows of a batch, with the table's target_id of each of the probe's targets. */
export type SampleRows = {
  readonly batch: SampleBatch;
  readonly targetIds: readonly number[];
  readonly from: number;
  readonly to: number;
};

const whole = (value: number | undefined) =>
  value === undefined || Number.isNaN(value) ? null : BigInt(Math.round(value));

/**
 * Rows of several batches (together at most CHUNK_ROWS) → one chunk of table `samples`, whose column types are given.
 * A chunk costs about a tenth of appending value by value.
 */
export function sampleChunk(
  types: readonly DuckDBType[],
  parts: readonly SampleRows[],
): DuckDBDataChunk {
  const rows = parts.reduce((sum, { from, to }) => sum + to - from, 0);
  const chunk = DuckDBDataChunk.create(types, rows);
  const fill = (
    column: number,
    value: (part: SampleRows, row: number) => DuckDBValue | undefined,
  ) => {
    const vector = chunk.getColumnVector(column);
    let at = 0;
    for (const part of parts) {
      for (let row = part.from; row < part.to; row++)
        vector.setItem(at++, value(part, row) ?? null);
    }
    vector.flush();
  };
  fill(0, ({ batch, targetIds }, row) => targetIds[batch.target[row] ?? -1]);
  fill(1, ({ batch }, row) => batch.seq[row]);
  fill(2, ({ batch }, row) => whole(batch.due[row]));
  fill(3, ({ batch }, row) => whole(batch.sent[row]));
  fill(4, ({ batch }, row) => whole(batch.latency[row]));
  fill(5, ({ batch }, row) => OUTCOMES[batch.outcome[row] ?? -1]);
  fill(6, ({ batch }, row) => REASONS[batch.reason[row] ?? -1]);
  fill(7, ({ batch }, row) => batch.flags[row]);
  fill(8, ({ batch }, row) => batch.details.get(row) ?? null);
  return chunk;
}

/** Rows that tell their stages apart → one chunk of table `timings`; null when none does. */
export function timingChunk(
  types: readonly DuckDBType[],
  parts: readonly SampleRows[],
): DuckDBDataChunk | null {
  const rows: DuckDBValue[][] = [];
  for (const { batch, targetIds, from, to } of parts) {
    if (batch.timings === null) continue;
    for (let row = from; row < to; row++) {
      const timings = timingsOf(batch, row);
      if (timings === null) continue;
      const id = targetIds[batch.target[row] ?? -1] ?? null;
      const stages = STAGES.map((stage) => whole(timings[stage] ?? undefined));
      rows.push([id, batch.seq[row] ?? null, ...stages]);
    }
  }
  if (rows.length === 0) return null;
  const chunk = DuckDBDataChunk.create(types, rows.length);
  chunk.setRows(rows);
  return chunk;
}
