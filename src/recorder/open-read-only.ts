import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { CodedError } from '../errors/coded-error.ts';
import { pathKind, temporaryFolder } from '../platform/files.ts';
import { runFileError } from './run-file-error.ts';
import { type RecordedMeta, readMeta } from './run-meta.ts';

/** A run file that is open for reading; `instance` is closed by whoever asked for it, and `connection` before it. */
export type OpenedRunFile = RecordedMeta & {
  readonly instance: DuckDBInstance;
  readonly connection: DuckDBConnection;
};

/** A database that is something else than a run. */
export class NotARun extends CodedError {
  constructor(path: string) {
    super(
      'run-directory',
      `${path}: is a DuckDB database, but not a run of rollproof`,
      'give the run.duckdb of a run directory',
    );
  }
}

/**
 * Opens a run file so that nothing on disk is changed, and reads what it says of the run. While it is open DuckDB lets nobody write it. SQL that stands in it (a run file may come
 * from anywhere, and its views are SQL) can reach no other file but those in `writable`. Throws `run-directory` when it is missing, not a run file, written right now, or of a newer schema.
 */
export async function openReadOnly(
  path: string,
  writable: string | null = null,
): Promise<OpenedRunFile> {
  if ((await pathKind(path)) !== 'file') {
    throw new CodedError(
      'run-directory',
      `${path}: there is no run file`,
      "give the run's directory (runs/<time>-<scenario>) or its run.duckdb",
    );
  }
  try {
    return await open(path, writable);
  } catch (error) {
    throw runFileError('opening the run file', path, error);
  }
}

async function open(path: string, writable: string | null): Promise<OpenedRunFile> {
  const instance = await DuckDBInstance.create(path, {
    access_mode: 'READ_ONLY',
    memory_limit: '1GB',
    // Sorting a long run spills; not beside a run that may lie in a read-only folder. DuckDB makes the folder when it needs it, and removes it.
    temp_directory: join(temporaryFolder(), `rollproof-${randomUUID()}`),
  });
  try {
    const connection = await instance.connect();
    if (writable !== null) {
      await connection.run(`SET allowed_directories = [${sqlText(writable)}]`);
    }
    await connection.run('SET enable_external_access = false');
    const tables = await connection.runAndReadAll(
      "SELECT table_name FROM information_schema.tables WHERE table_name = 'meta'",
    );
    if (tables.currentRowCount === 0) {
      throw new NotARun(path);
    }
    return { instance, connection, ...(await readMeta(connection, path)) };
  } catch (error) {
    instance.closeSync();
    throw error;
  }
}

/** A text as SQL writes it. */
export function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
