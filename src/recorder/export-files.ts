import { randomUUID } from 'node:crypto';
import { basename, join, resolve } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { CodedError } from '../errors/coded-error.ts';
import { makeDirectory, movePath, pathKind, removePath, syncFile } from '../platform/files.ts';
import { type ExportTable, exportTables } from './export-tables.ts';
import { openReadOnly, sqlText } from './open-read-only.ts';
import type { RunDirectory } from './run-directory.ts';
import { runFileError } from './run-file-error.ts';
import { runFolderName } from './run-folder-name.ts';
import { TEMPORARY_VIEWS } from './views.ts';

/** What other programs read; the ending of the files is the same word. */
export type FileFormat = 'parquet' | 'csv';

export type ExportedFiles = {
  /** `<out>/<run>`. */
  readonly folder: string;
  readonly files: readonly { readonly name: string; readonly rows: number }[];
  /** The run ended in order. */
  readonly ended: boolean;
  /** Of the run file. */
  readonly schema: number;
};

/** How each format is written; DuckDB's defaults else. */
const WRITTEN: Readonly<Record<FileFormat, string>> = {
  parquet: 'FORMAT parquet, COMPRESSION zstd',
  csv: 'FORMAT csv, HEADER',
};

/**
 * Writes a file for each of exportTables into `<out>/<run>/`. They appear when all are whole: a folder that is new appears with all of them, into one that is there they are moved one by
 * one. The run file is not changed, and DuckDB lets nobody write it meanwhile.
 * Throws `export-exists` when one of the files is there and `force` is not set, `run-directory` when the run cannot be read or the files cannot be written, and what `signal` was aborted with.
 */
export async function exportFiles(
  run: RunDirectory,
  order: {
    readonly format: FileFormat;
    readonly out: string;
    readonly force: boolean;
    readonly signal: AbortSignal;
  },
): Promise<ExportedFiles> {
  const { format, force, signal } = order;
  const out = resolve(order.out);
  const draft = join(out, `${randomUUID()}.draft`);
  const opened = await openReadOnly(run.runFile, draft);
  const { connection, instance, meta, schema } = opened;
  const interrupt = () => {
    connection.interrupt();
  };
  signal.addEventListener('abort', interrupt);
  try {
    const name = exportName(run, meta.plan.run);
    const folder = join(out, name);
    const tables = exportTables(schema);
    if (!force) await expectNone(folder, tables, format);
    for (const statement of TEMPORARY_VIEWS) await connection.run(statement);
    const files = await writeDraft(connection, tables, { draft, format, signal });
    try {
      await publish(
        draft,
        folder,
        files.map(({ name: file }) => file),
      );
    } finally {
      await removePath(draft);
    }
    return { folder: join(order.out, name), files, ended: meta.ended !== null, schema };
  } catch (error) {
    signal.throwIfAborted();
    throw runFileError(`writing ${format} files into ${order.out}`, run.runFile, error);
  } finally {
    signal.removeEventListener('abort', interrupt);
    connection.closeSync();
    instance.closeSync();
  }
}

/**
 * The directory's own name, which tells two runs of one name apart (`…-roll-2`); that of the run where the directory was renamed, or is that of a
 * run.duckdb alone.
 */
function exportName({ name }: RunDirectory, recorded: string): string {
  const run = runFolderName(recorded);
  return name.startsWith(run) ? name : run;
}

async function expectNone(folder: string, tables: readonly ExportTable[], format: FileFormat) {
  for (const { name } of tables) {
    const file = join(folder, `${name}.${format}`);
    if ((await pathKind(file)) !== null) {
      throw new CodedError(
        'export-exists',
        `${file}: is already there`,
        'give another --out, or --force to write it anew',
      );
    }
  }
}

/** All files, in a folder of their own that is gone when one of them fails. */
async function writeDraft(
  connection: DuckDBConnection,
  tables: readonly ExportTable[],
  { draft, format, signal }: { draft: string; format: FileFormat; signal: AbortSignal },
): Promise<ExportedFiles['files']> {
  await makeDirectory(draft);
  try {
    const files: ExportedFiles['files'][number][] = [];
    for (const table of tables) {
      signal.throwIfAborted();
      const file = join(draft, `${table.name}.${format}`);
      files.push({ name: basename(file), rows: await copyTo(connection, table, file, format) });
      await syncFile(file);
    }
    signal.throwIfAborted();
    return files;
  } catch (error) {
    await removePath(draft);
    throw error;
  }
}

async function copyTo(
  connection: DuckDBConnection,
  { query }: ExportTable,
  file: string,
  format: FileFormat,
): Promise<number> {
  const rows = format === 'csv' ? await withIsoTimes(connection, query) : query;
  const copied = await connection.runAndReadAll(
    `COPY (${rows}) TO ${sqlText(file)} (${WRITTEN[format]})`,
  );
  return Number(copied.getRows()[0]?.[0]);
}

/**
 * The query with its times as text: ISO 8601, UTC, ns (`2026-11-23T03:14:46.000000001Z`). COPY's own TIMESTAMPFORMAT does not reach TIMESTAMP_NS, and strftime(TIMESTAMP_NS, '%n') writes
 * broken digits (DuckDB 1.5.5), so the fraction is put together from the number.
 */
async function withIsoTimes(connection: DuckDBConnection, query: string): Promise<string> {
  const described = await connection.runAndReadAll(`DESCRIBE ${query}`);
  const times = described
    .getRows()
    .filter(([, type]) => type === 'TIMESTAMP_NS')
    .map(([column]) => `"${String(column)}"`);
  if (times.length === 0) return query;
  const iso = (time: string) =>
    `strftime(make_timestamp(epoch_ns(${time}) // 1000000000 * 1000000), '%Y-%m-%dT%H:%M:%S.') ||
      lpad((epoch_ns(${time}) % 1000000000)::VARCHAR, 9, '0') || 'Z'`;
  const replaced = times.map((time) => `${iso(time)} AS ${time}`).join(', ');
  return `SELECT * REPLACE (${replaced}) FROM (${query})`;
}

async function publish(draft: string, folder: string, files: readonly string[]): Promise<void> {
  if ((await pathKind(folder)) === null) {
    await movePath(draft, folder);
    return;
  }
  for (const file of files) await movePath(join(draft, file), join(folder, file));
}
