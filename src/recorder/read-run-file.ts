import type { DuckDBInstance } from '@duckdb/node-api';
import type { SampleReader } from '../contracts/samples.ts';
import type { RunEvent } from '../model/event.ts';
import { EVENTS_QUERY, rowToEvent } from './event-row.ts';
import { lastExport } from './influx/cursor.ts';
import { openReadOnly } from './open-read-only.ts';
import { readSamples } from './read-samples.ts';
import { runFileError } from './run-file-error.ts';
import { streamChunks } from './stream-chunks.ts';

/**
 * Opens a recorded run for reading; nothing on disk is changed. A run that was killed has a write-ahead log beside it
 * (run.duckdb.wal): DuckDB replays it in memory, up to what was last committed.
 * Throws `run-directory` when it is missing, not a run file, written right now, or of a newer schema.
 */
export async function openRunFile(path: string): Promise<SampleReader> {
  const { instance, connection, meta, schema } = await openReadOnly(path);
  try {
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
    throw runFileError('opening the run file', path, error);
  }
}

async function* readEvents(instance: DuckDBInstance, path: string): AsyncGenerator<RunEvent> {
  for await (const chunk of streamChunks(instance, path, EVENTS_QUERY)) {
    for (const row of chunk.getRows()) yield rowToEvent(row);
  }
}
