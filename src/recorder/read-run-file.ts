import { DuckDBInstance } from '@duckdb/node-api';
import type { SampleReader } from '../contracts/samples.ts';
import { CodedError } from '../errors/coded-error.ts';
import type { RunEvent } from '../model/event.ts';
import type { RunPlan } from '../model/plan.ts';
import { OUTCOMES, REASONS, type SampleBatch, STAGES } from '../model/sample.ts';
import { ofEachStage } from '../model/sample-batch.ts';
import { pathKind, temporaryFolder } from '../platform/files.ts';
import { EVENTS_QUERY, rowToEvent } from './event-row.ts';
import { runFileError } from './run-file-error.ts';
import { readMeta } from './run-meta.ts';

/** Rows of one batch at most. */
const BATCH_ROWS = 16_384;

/**
 * Opens a recorded run for reading; nothing on disk is changed. A run that was killed has a write-ahead log beside it
 * (run.duckdb.wal): DuckDB replays it in memory, up to what was last committed.
 * Throws `run-directory` when it is missing, not a run file, written right now, or of a newer schema.
 */
export async function openRunFile(path: string): Promise<SampleReader> {
  if ((await pathKind(path)) !== 'file') {
    throw new CodedError(
      'run-directory',
      `${path}: there is no run file`,
      "give the run's directory (runs/<time>-<scenario>) or its run.duckdb",
    );
  }
  try {
    return await openReader(path);
  } catch (error) {
    throw runFileError('opening the run file', path, error);
  }
}

async function openReader(path: string): Promise<SampleReader> {
  const instance = await DuckDBInstance.create(path, {
    access_mode: 'READ_ONLY',
    memory_limit: '1GB',
    // Sorting a long run spills; not beside a run that may lie in a read-only folder.
    temp_directory: temporaryFolder(),
  });
  try {
    const connection = await instance.connect();
    const tables = await connection.runAndReadAll(
      "SELECT table_name FROM information_schema.tables WHERE table_name = 'meta'",
    );
    if (tables.currentRowCount === 0) {
      throw new CodedError(
        'run-directory',
        `${path}: is a DuckDB database, but not a run of rollproof`,
        'give the run.duckdb of a run directory',
      );
    }
    const { meta, schema } = await readMeta(connection, path);
    connection.closeSync();
    return {
      meta,
      events: () => readEvents(instance, path),
      batches: () => readBatches(instance, { plan: meta.plan, schema, path }),
      close: () => {
        instance.closeSync();
      },
    };
  } catch (error) {
    instance.closeSync();
    throw error;
  }
}

async function* readEvents(instance: DuckDBInstance, path: string): AsyncGenerator<RunEvent> {
  for await (const rows of streamRows(instance, path, EVENTS_QUERY)) {
    for (const row of rows) yield rowToEvent(row);
  }
}

const SAMPLES_QUERY = `
  SELECT t.probe_id, t.target_index, s.seq, s.due_ns::DOUBLE, s.sent_ns::DOUBLE, s.latency_ns::DOUBLE,
    s.outcome, s.reason, s.flags, s.detail
  FROM samples s JOIN targets t USING (target_id) ORDER BY s.target_id, s.seq`;

const TIMINGS_QUERY = `
  SELECT t.probe_id, t.target_index, s.seq, s.dns_ns::DOUBLE, s.connect_ns::DOUBLE, s.tls_ns::DOUBLE,
    s.first_byte_ns::DOUBLE
  FROM timings s JOIN targets t USING (target_id) ORDER BY s.target_id, s.seq`;

/** By probe, target and seq; a batch holds rows of one probe. */
async function* readBatches(
  instance: DuckDBInstance,
  {
    plan,
    schema,
    path,
  }: { readonly plan: RunPlan; readonly schema: number; readonly path: string },
): AsyncGenerator<SampleBatch> {
  const timings = schema < 2 ? null : rowsInStep(streamRows(instance, path, TIMINGS_QUERY));
  const outcomes = new Map<unknown, number>(OUTCOMES.map((name, code) => [name, code]));
  const reasons = new Map<unknown, number>(REASONS.map((name, code) => [name, code]));
  let rows: unknown[][] = [];
  const batch = async (): Promise<SampleBatch> => {
    const number = (column: number) => (row: unknown[]) => Number(row[column] ?? Number.NaN);
    const details = new Map<number, string>();
    for (const [at, { 9: detail }] of rows.entries()) {
      if (typeof detail === 'string') details.set(at, detail);
    }
    const told: (unknown[] | null)[] = [];
    if (timings !== null) for (const row of rows) told.push(await timings.of(row));
    return {
      probe: plan.probes[Number(rows[0]?.[0])]?.name ?? '',
      count: rows.length,
      target: Uint16Array.from(rows, number(1)),
      seq: Uint32Array.from(rows, number(2)),
      due: Float64Array.from(rows, number(3)),
      sent: Float64Array.from(rows, number(4)),
      latency: Float64Array.from(rows, number(5)),
      outcome: Uint8Array.from(rows, (row) => code(outcomes, row[6], path)),
      reason: Uint8Array.from(rows, (row) => code(reasons, row[7], path)),
      flags: Uint8Array.from(rows, number(8)),
      details,
      timings: told.some((row) => row !== null)
        ? ofEachStage((stage) => {
            const column = 3 + STAGES.indexOf(stage);
            return Float64Array.from(told, (row) => Number(row?.[column] ?? Number.NaN));
          })
        : null,
    };
  };
  for await (const chunk of streamRows(instance, path, SAMPLES_QUERY)) {
    for (const row of chunk) {
      const [first] = rows;
      if (first !== undefined && (first[0] !== row[0] || rows.length === BATCH_ROWS)) {
        yield await batch();
        rows = [];
      }
      rows.push(row);
    }
  }
  if (rows.length > 0) yield await batch();
}

/** Rows of another table in the same order of probe, target and seq (the first three columns): that of a row, or null. */
function rowsInStep(chunks: AsyncGenerator<unknown[][]>) {
  let chunk: unknown[][] = [];
  let at = 0;
  let over = false;
  return {
    of: async (row: readonly unknown[]): Promise<unknown[] | null> => {
      while (at === chunk.length && !over) {
        const next = await chunks.next();
        [chunk, at, over] = [next.done === true ? [] : next.value, 0, next.done === true];
      }
      const next = chunk[at];
      if (next === undefined || [0, 1, 2].some((column) => next[column] !== row[column]))
        return null;
      at++;
      return next;
    },
  };
}

function code(codes: ReadonlyMap<unknown, number>, name: unknown, path: string): number {
  const found = codes.get(name);
  if (found !== undefined) return found;
  const hint = 'open it with the rollproof that wrote it, or a newer one';
  throw new CodedError('run-directory', `${path}: unknown outcome or reason ${String(name)}`, hint);
}

/** Rows of a query as DuckDB hands them out, 2,048 at a time. Each has a connection of its own: one stream a connection. */
async function* streamRows(
  instance: DuckDBInstance,
  path: string,
  sql: string,
): AsyncGenerator<unknown[][]> {
  const connection = await instance.connect();
  try {
    for await (const chunk of await connection.stream(sql)) yield chunk.getRows();
  } catch (error) {
    throw runFileError('reading the run file', path, error);
  } finally {
    connection.closeSync();
  }
}
