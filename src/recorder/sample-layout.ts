import type { DuckDBDataChunk } from '@duckdb/node-api';
import type { PlannedTarget } from '../model/plan.ts';
import { readColumn, readNullable, readTexts } from './chunk-columns.ts';
import { scheduled } from './scheduled.ts';

/** A chunk of samples: run ns, NaN where there is none. Codes are places in the file's own types `outcome` and `reason`. */
export type SampleColumns = {
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
  return schema === 1 ? plainLayout() : packedLayout(targets);
}

function packedLayout(targets: readonly PlannedTarget[]): SampleLayout {
  return {
    query: `SELECT target_id, seq, start_ns::DOUBLE, lateness_ns::DOUBLE, latency_ns::DOUBLE, outcome, reason, flags, detail
      FROM packed_samples`,
    timingsQuery: `SELECT target_id, seq, dns_ns::DOUBLE, connect_ns::DOUBLE, tls_ns::DOUBLE, first_byte_ns::DOUBLE
      FROM timings`,
    columns: (chunk) => {
      const targetId = readColumn(chunk, 0, Uint32Array);
      const seq = readColumn(chunk, 1, Uint32Array);
      const due = readColumn(chunk, 2, Float64Array);
      const sent = readNullable(chunk, 3);
      for (let row = 0; row < due.length; row++) {
        const target = targets[targetId[row] ?? -1];
        if (target === undefined) continue;
        due[row] = (due[row] ?? 0) + scheduled(target, seq[row] ?? 0);
        sent[row] = (due[row] ?? 0) + (sent[row] ?? Number.NaN);
      }
      return { targetId, seq, due, sent, ...rest(chunk) };
    },
  };
}

/** Version 1: due and sent as they are. */
function plainLayout(): SampleLayout {
  return {
    query: `SELECT target_id, seq, due_ns::DOUBLE, sent_ns::DOUBLE, latency_ns::DOUBLE, outcome, reason, flags, detail
      FROM samples`,
    timingsQuery: null,
    columns: (chunk) => ({
      targetId: readColumn(chunk, 0, Uint32Array),
      seq: readColumn(chunk, 1, Uint32Array),
      due: readColumn(chunk, 2, Float64Array),
      sent: readNullable(chunk, 3),
      ...rest(chunk),
    }),
  };
}

function rest(chunk: DuckDBDataChunk) {
  return {
    latency: readNullable(chunk, 4),
    outcome: readColumn(chunk, 5, Uint8Array),
    reason: readColumn(chunk, 6, Uint8Array),
    flags: readColumn(chunk, 7, Uint8Array),
    details: readTexts(chunk, 8),
  };
}
