import type { DuckDBConnection } from '@duckdb/node-api';
import type { RunPlan } from '../../model/plan.ts';
import { STAGES } from '../../model/sample.ts';
import { CHUNK_ROWS, readColumn, readNullable } from '../chunk-columns.ts';
import { sampleLayout } from '../sample-layout.ts';
import { META } from '../schema.ts';
import type { SampleRow } from './sample-line.ts';

/** Where the samples are read from: `samples` as recorded, and `timings`, the rows of table `timings` before it. */
export type SamplePosition = { readonly samples: number; readonly timings: number };

export type RowReader = {
  /** Calls `each` with the rows from a position up to sample `to`, in the order recorded. The row is one object, used again. */
  readonly read: (
    from: SamplePosition,
    to: number,
    each: (row: SampleRow) => void,
  ) => Promise<void>;
};

/**
 * Samples by their place in the run file, in any schema. Rows are only ever added, so DuckDB's rowid counts them in the order in which they were recorded, and stays; the rows of
 * table `timings` come in the same order.
 */
export async function openRowReader(
  connection: DuckDBConnection,
  plan: RunPlan,
): Promise<RowReader> {
  const texts = async (sql: string) =>
    (await connection.runAndReadAll(sql)).getRows().map(([text]) => String(text));
  const [schema] = await texts(`SELECT value FROM meta WHERE key = '${META.schema}'`);
  const targets = plan.probes.flatMap((probe) => probe.targets);
  const layout = sampleLayout(Number(schema), targets);
  const outcomes = await texts('SELECT unnest(enum_range(NULL::outcome))::VARCHAR');
  const reasons = await texts('SELECT unnest(enum_range(NULL::reason))::VARCHAR');
  const chunks = async (query: string, from: number, to: number) => {
    const range = `WHERE rowid >= ${String(from)} AND rowid < ${String(to)} ORDER BY rowid`;
    return await (await connection.run(`${query} ${range}`)).fetchAllChunks();
  };
  const timingsFrom = async (from: number, most: number) => {
    if (layout.timingsQuery === null) return null;
    const found = await chunks(layout.timingsQuery, from, from + most);
    return found.length === 0
      ? null
      : inStep(
          found.map((chunk) => ({
            targetId: readColumn(chunk, 0, new Uint32Array(CHUNK_ROWS)),
            seq: readColumn(chunk, 1, new Uint32Array(CHUNK_ROWS)),
            stages: STAGES.map((_, stage) =>
              readNullable(chunk, 2 + stage, new Float64Array(CHUNK_ROWS)),
            ),
          })),
        );
  };
  return {
    read: async (from, to, each) => {
      const found = await chunks(layout.query, from.samples, to);
      // After the samples: those of every sample that was read are there.
      const timings = await timingsFrom(from.timings, to - from.samples);
      const row: { -readonly [Key in keyof SampleRow]: SampleRow[Key] } = { ...NO_ROW };
      for (const chunk of found) {
        const columns = layout.columns(chunk);
        const { details } = columns;
        let nextDetail = 0;
        for (let at = 0; at < columns.rows; at++) {
          row.targetId = columns.targetId[at] ?? 0;
          row.seq = columns.seq[at] ?? 0;
          row.due = columns.due[at] ?? 0;
          row.sent = columns.sent[at] ?? Number.NaN;
          row.latency = columns.latency[at] ?? Number.NaN;
          row.outcome = outcomes[columns.outcome[at] ?? 0] ?? '';
          row.reason = reasons[columns.reason[at] ?? 0] ?? '';
          row.flags = columns.flags[at] ?? 0;
          row.detail = null;
          const detail = details[nextDetail];
          if (detail?.[0] === at) {
            row.detail = detail[1];
            nextDetail++;
          }
          row.timings = timings?.(row.targetId, row.seq) ?? null;
          each(row);
        }
      }
    },
  };
}

type TimingColumns = {
  readonly targetId: Uint32Array;
  readonly seq: Uint32Array;
  readonly stages: readonly Float64Array[];
};

/** Rows of table `timings`, asked for by the samples in their order: those of a sample, ns each, or null. */
function inStep(chunks: readonly TimingColumns[]) {
  let chunk = 0;
  let at = 0;
  return (targetId: number, seq: number): readonly number[] | null => {
    const now = chunks[chunk];
    if (now?.targetId[at] !== targetId || now.seq[at] !== seq) return null;
    const found = now.stages.map((stage) => stage[at] ?? Number.NaN);
    at++;
    if (at === now.seq.length) {
      chunk++;
      at = 0;
    }
    return found;
  };
}

const NO_ROW: SampleRow = {
  targetId: 0,
  seq: 0,
  due: 0,
  sent: 0,
  latency: 0,
  outcome: '',
  reason: '',
  flags: 0,
  detail: null,
  timings: null,
};
