import type { DuckDBDataChunk } from '@duckdb/node-api';
import type { PlannedTarget } from '../model/plan.ts';
import { CHUNK_ROWS, readColumn, readNullable, readTexts } from './chunk-columns.ts';
import { scheduled } from './scheduled.ts';

/**
 * A chunk of samples, its first `rows` rows: run ns, NaN where there is none. Codes are places in the file's own types `outcome` and `reason`. The arrays are used again
 * for the next chunk.
 */
export type SampleColumns = {
  readonly rows: number;
  readonly targetId: Uint32Array;
  readonly seq: Uint32Array;
  readonly due: Float64Array;
  readonly sent: Float64Array;
  readonly latency: Float64Array;
  readonly outcome: Uint8Array;
  readonly reason: Uint8Array;
  readonly flags: Uint8Array;
  readonly details: readonly (readonly [row: number, text: string])[];
};

/** How samples are stored in a run file of one schema version. */
export type SampleLayout = {
  /** In the order of recording. */
  readonly query: string;
  /** Stages of those that tell them apart, in the same order; null where the version has none. */
  readonly timingsQuery: string | null;
  readonly columns: (chunk: DuckDBDataChunk) => SampleColumns;
};

/** `targets` by target_id. */
export function sampleLayout(schema: number, targets: readonly PlannedTarget[]): SampleLayout {
  const into = {
    targetId: new Uint32Array(CHUNK_ROWS),
    seq: new Uint32Array(CHUNK_ROWS),
    due: new Float64Array(CHUNK_ROWS),
    sent: new Float64Array(CHUNK_ROWS),
    latency: new Float64Array(CHUNK_ROWS),
    outcome: new Uint8Array(CHUNK_ROWS),
    reason: new Uint8Array(CHUNK_ROWS),
    flags: new Uint8Array(CHUNK_ROWS),
  };
  const read = (chunk: DuckDBDataChunk): SampleColumns => {
    readColumn(chunk, 0, into.targetId);
    readColumn(chunk, 1, into.seq);
    readColumn(chunk, 2, into.due);
    readNullable(chunk, 3, into.sent);
    readNullable(chunk, 4, into.latency);
    readColumn(chunk, 5, into.outcome);
    readColumn(chunk, 6, into.reason);
    readColumn(chunk, 7, into.flags);
    return { rows: chunk.rowCount, ...into, details: readTexts(chunk, 8) };
  };
  return schema === 1 ? plainLayout(read) : packedLayout(read, targets);
}

type Read = SampleLayout['columns'];

function packedLayout(read: Read, targets: readonly PlannedTarget[]): SampleLayout {
  return {
    query: `SELECT target_id, seq, start_ns::DOUBLE, lateness_ns::DOUBLE, latency_ns::DOUBLE, outcome, reason, flags, detail
      FROM packed_samples`,
    timingsQuery: `SELECT target_id, seq, dns_ns::DOUBLE, connect_ns::DOUBLE, tls_ns::DOUBLE, first_byte_ns::DOUBLE
      FROM timings`,
    columns: (chunk) => {
      const columns = read(chunk);
      const { rows, targetId, seq, due, sent } = columns;
      for (let row = 0; row < rows; row++) {
        const target = targets[targetId[row] ?? -1];
        if (target === undefined) continue;
        const at = (due[row] ?? 0) + scheduled(target, seq[row] ?? 0);
        due[row] = at;
        sent[row] = at + (sent[row] ?? Number.NaN);
      }
      return columns;
    },
  };
}

/** Version 1: due and sent as they are. */
function plainLayout(read: Read): SampleLayout {
  return {
    query: `SELECT target_id, seq, due_ns::DOUBLE, sent_ns::DOUBLE, latency_ns::DOUBLE, outcome, reason, flags, detail
      FROM samples`,
    timingsQuery: null,
    columns: read,
  };
}
