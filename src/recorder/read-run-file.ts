import { DuckDBInstance } from '@duckdb/node-api';
import type { SampleReader } from '../contracts/samples.ts';
import { CodedError } from '../errors/coded-error.ts';
import type { RunEvent } from '../model/event.ts';
import { pathKind, temporaryFolder } from '../platform/files.ts';
import { EVENTS_QUERY, rowToEvent } from './event-row.ts';
import { lastExport } from './influx/cursor.ts';
import { readSamples } from './read-samples.ts';
import { runFileError } from './run-file-error.ts';
import { readMeta } from './run-meta.ts';
import { streamChunks } from './stream-chunks.ts';

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
    const exported = await lastExport(connection);
    connection.closeSync();
    return {
      meta,
      exported,
      events: () => readEvents(instance, path),
      batches: () => readSamples({ instance, plan: meta.plan, schema, path }),
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
  for await (const chunk of streamChunks(instance, path, EVENTS_QUERY)) {
    for (const row of chunk.getRows()) yield rowToEvent(row);
  }
}
