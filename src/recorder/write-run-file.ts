import { type DuckDBAppender, type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { RunMeta, SampleWriter } from '../contracts/samples.ts';
import { CodedError } from '../errors/coded-error.ts';
import type { RunEvent } from '../model/event.ts';
import type { SampleBatch } from '../model/sample.ts';
import { pathKind } from '../platform/files.ts';
import { every } from '../platform/timers.ts';
import { CHUNK_ROWS } from './chunk-columns.ts';
import { appendEvent } from './event-row.ts';
import { runFileError } from './run-file-error.ts';
import { recordedTargets, writeFact, writeMeta } from './run-meta.ts';
import {
  createSampleChunks,
  createTimingChunks,
  type SampleRows,
  takeRows,
} from './sample-chunk.ts';
import { META, SCHEMA } from './schema.ts';

export type RunFile = SampleWriter & {
  /** Resolves when all that came before the call is on disk, or the file has failed. */
  readonly flush: () => Promise<void>;
  /** A connection of its own to the open file, for what reads from it as it grows; closed by whoever asked for it, before the file is. */
  readonly connect: () => Promise<DuckDBConnection>;
  /** Flushes, records that and how the run ended, does what comes `lastly` with the file complete and still open, and closes. */
  readonly end: (
    ended: NonNullable<RunMeta['ended']>,
    lastly?: () => Promise<void>,
  ) => Promise<void>;
  /** Flushes and closes without an end: to a reader the run was interrupted. After `end` it does nothing. */
  readonly close: () => Promise<void>;
};

const FLUSH_MS = 500;
/** Rows of one transaction: its appending holds this thread for about 60 ms; the commit runs beside it. */
const TRANSACTION_ROWS = 10 * CHUNK_ROWS;
/** About 150 MB. A disk that is that far behind (minutes) will not catch up. */
const MAX_BUFFERED_ROWS = 4_000_000;
/** One thread and little memory: what is recorded beside the probes must not disturb them. */
const SETTINGS = { threads: '1', memory_limit: '128MB' };

/**
 * A new run file. `samples` and `event` only buffer; every half second and every TRANSACTION_ROWS rows what is buffered is
 * committed, which writes and syncs DuckDB's write-ahead log in another thread: what is committed survives kill -9.
 * A failure (disk full, ...) is told once to `onFailure`; everything after it is dropped.
 * Throws `run-directory` when the file is already there or cannot be made.
 */
export async function createRunFile(
  path: string,
  meta: Omit<RunMeta, 'ended'>,
  onFailure: (error: CodedError) => void,
): Promise<RunFile> {
  if ((await pathKind(path)) !== null) {
    throw new CodedError(
      'run-directory',
      `${path}: is already there; a run file is written once, by one run`,
      'give another --out, or move the old run away',
    );
  }
  try {
    return await openWriter(path, meta, onFailure);
  } catch (error) {
    throw runFileError('making the run file', path, error);
  }
}

async function openWriter(
  path: string,
  meta: Omit<RunMeta, 'ended'>,
  onFailure: (error: CodedError) => void,
): Promise<RunFile> {
  const instance = await DuckDBInstance.create(path, SETTINGS);
  const connection = await instance.connect();
  await connection.run('BEGIN');
  for (const statement of SCHEMA) await connection.run(statement);
  await writeMeta(connection, meta);
  await connection.run('COMMIT');
  // The plan goes into the file proper: a copy without the log beside it can still be read.
  await connection.run('CHECKPOINT');
  const commit = await committer(connection);

  const targets = recordedTargets(meta.plan);
  let waiting: SampleRows[] = [];
  let waitingRows = 0;
  let events: RunEvent[] = [];
  let taken = 0;
  let durable = 0;
  let draining: Promise<void> | null = null;
  let state: 'open' | 'failed' | 'closed' = 'open';

  const fail = (error: unknown) => {
    if (state !== 'open') return;
    state = 'failed';
    stopFlushing();
    [waiting, events, waitingRows] = [[], [], 0];
    onFailure(runFileError('recording', path, error));
  };
  const drain = async () => {
    while (state === 'open' && (waiting.length > 0 || events.length > 0)) {
      const parts = takeRows(waiting, TRANSACTION_ROWS);
      const rows = parts.reduce((sum, { from, to }) => sum + to - from, 0);
      const now = events.splice(0, TRANSACTION_ROWS);
      waitingRows -= rows;
      try {
        await commit(parts, now);
        durable += rows + now.length;
      } catch (error) {
        fail(error);
      }
    }
  };
  const begin = () => {
    draining ??= drain().finally(() => {
      draining = null;
    });
    return draining;
  };
  const flush = async () => {
    const upTo = taken;
    while (state === 'open' && durable < upTo) await begin();
  };
  const stopFlushing = every(FLUSH_MS, () => void begin());
  const shut = () => {
    if (state === 'closed') return;
    state = 'closed';
    stopFlushing();
    connection.closeSync();
    instance.closeSync();
  };
  const close = async () => {
    await flush();
    await draining;
    shut();
  };

  return {
    samples: (batch: SampleBatch) => {
      if (state !== 'open' || batch.count === 0) return;
      waiting.push({ batch, targets: targets.get(batch.probe) ?? [], from: 0, to: batch.count });
      waitingRows += batch.count;
      taken += batch.count;
      if (waitingRows > MAX_BUFFERED_ROWS) fail(tooSlow(path));
      else if (waitingRows >= TRANSACTION_ROWS) void begin();
    },
    event: (event) => {
      if (state !== 'open') return;
      events.push(event);
      taken++;
    },
    flush,
    connect: async () => await instance.connect(),
    end: async (ended, lastly) => {
      await flush();
      await draining;
      if (state === 'open') {
        try {
          await connection.run('BEGIN');
          await writeFact(connection, META.endedAt, String(Math.round(ended.at)));
          await writeFact(connection, META.ending, ended.ending);
          if (ended.why !== null) await writeFact(connection, META.endedWhy, ended.why);
          await connection.run('COMMIT');
        } catch (error) {
          fail(error);
        }
      }
      await lastly?.();
      if (state === 'open') {
        try {
          await connection.run('CHECKPOINT');
        } catch (error) {
          fail(error);
        }
      }
      shut();
    },
    close,
  };
}

/** Writes rows and events in one transaction. Only the appending runs in this thread. */
async function committer(connection: DuckDBConnection) {
  const samples = await connection.createAppender('packed_samples');
  const timings = await connection.createAppender('timings');
  const events = await connection.createAppender('events');
  const sampleChunk = createSampleChunks(typesOf(samples));
  const timingChunk = createTimingChunks(typesOf(timings));
  return async (parts: SampleRows[], happened: readonly RunEvent[]) => {
    await connection.run('BEGIN');
    while (parts.length > 0) {
      const rows = takeRows(parts);
      samples.appendDataChunk(sampleChunk(rows));
      const told = timingChunk(rows);
      if (told !== null) timings.appendDataChunk(told);
    }
    samples.flushSync();
    timings.flushSync();
    for (const event of happened) appendEvent(events, event);
    events.flushSync();
    await connection.run('COMMIT');
  };
}

function typesOf(appender: DuckDBAppender) {
  return Array.from({ length: appender.columnCount }, (_, column) => appender.columnType(column));
}

function tooSlow(path: string): CodedError {
  return new CodedError(
    'run-directory',
    `${path}: the disk is ${String(MAX_BUFFERED_ROWS)} samples behind`,
    'give --out a folder on a faster disk',
  );
}
