import type { DuckDBConnection } from '@duckdb/node-api';
import type { RunMeta } from '../../contracts/samples.ts';
import type { ExportAccount } from '../../model/export.ts';
import type { Logger } from '../../platform/log.ts';
import { sleep } from '../../platform/timers.ts';
import { backoffMs } from './backoff.ts';
import { accountOf, type Cursor, FIRST, openCursor } from './cursor.ts';
import { deliver } from './deliver.ts';
import { type Batch, openRunPoints, type RunPoints } from './run-points.ts';
import type { InfluxStore, WriteAnswer } from './store.ts';

export type ExportOptions = {
  /** Points of one request at most. */
  readonly batchPoints: number;
  readonly log: Logger;
  /** Told after each batch. */
  readonly onProgress?: (account: ExportAccount) => void;
  /** For tests. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly random?: () => number;
};

export type Exporter = {
  /**
   * Sends what is not in the store yet until nothing is left (`done`), until the signal is aborted (`stopped`), or until the store refuses so
   * much that going on is senseless (`refusing`). What is in the way meanwhile is waited out. After each batch it rests for `restMs`. One call at a time.
   */
  readonly send: (signal: AbortSignal, restMs?: number) => Promise<'done' | 'stopped' | 'refusing'>;
  /** Notes what stands in the way, found before the first write. */
  readonly note: (problem: string) => Promise<void>;
  /** From now on everything is sent again. */
  readonly restart: () => Promise<void>;
  readonly account: () => Promise<ExportAccount>;
};

/** Places in which lines may have to be isolated before the bucket itself is taken to be wrong. */
const MOST_ISOLATED = 100;
/** The cursor is on disk at least so often; what was sent since is sent again after a kill. */
const SAVE_BATCHES = 8;

/** Exports a run over a connection of its own to the run file, which is open for writing. */
export async function openExporter(
  connection: DuckDBConnection,
  meta: Pick<RunMeta, 'plan' | 'anchor'>,
  store: InfluxStore,
  options: ExportOptions,
): Promise<Exporter> {
  const points = await openRunPoints(connection, meta);
  const cursor = await openCursor(connection, store);
  const account = async () => accountOf(store, cursor.state(), await points.recorded());
  const { log, onProgress, wait = sleep } = options;
  let isolated = 0;
  let failures = 0;
  let limit = options.batchPoints;

  const settle = async (batch: Batch, signal: AbortSignal): Promise<WriteAnswer | null> => {
    const write = (lines: Uint8Array) => store.write(lines, signal);
    const delivery = await deliver(batch.lines, write, MOST_ISOLATED - isolated);
    isolated += delivery.isolated;
    limit = Math.min(limit, delivery.mostLines ?? limit);
    const { settled, answered, refused, blocked } = delivery;
    const { furthest, refused: before, firstRefusal } = cursor.state();
    const [first] = refused;
    if (first !== undefined) {
      const { message, index } = first;
      log.warn(
        { line: batch.lines.text(index), lines: refused.length },
        `the store refuses: ${message}`,
      );
    }
    cursor.set({
      next: batch.after(settled),
      furthest: {
        ...furthest,
        [batch.of]: Math.max(furthest[batch.of], batch.from + Math.max(settled, answered)),
      },
      refused: before + refused.length,
      firstRefusal: firstRefusal ?? first?.message ?? null,
    });
    return blocked;
  };

  const send: Exporter['send'] = async (signal, restMs = 0) => {
    const batches = prefetched(points, cursor, () => limit);
    const stopped = () => signal.aborted;
    try {
      for (let count = 1; !stopped(); count++) {
        const batch = await batches.next();
        if (batch === null) {
          await cursor.save();
          return 'done';
        }
        const blocked = await settle(batch, signal);
        if (stopped()) break;
        if (blocked === null) {
          if (cursor.state().problem !== null) log.info({}, 'the store takes points again');
          failures = 0;
          cursor.set({ problem: null });
          if (count % SAVE_BATCHES === 0) await cursor.save();
          onProgress?.(await account());
          if (restMs > 0) await wait(restMs, signal);
          continue;
        }
        batches.forget();
        const { problem, waitMs } = setbackOf(blocked, failures++, options.random ?? Math.random);
        if (cursor.state().problem !== problem) log.warn({}, problem);
        if (blocked.kind === 'not-found') await startOver(cursor);
        cursor.set({ problem });
        await cursor.save();
        onProgress?.(await account());
        if (waitMs === null) return 'refusing';
        await wait(waitMs, signal);
      }
      return 'stopped';
    } finally {
      await batches.idle();
      await cursor.save();
    }
  };

  return {
    send,
    account,
    note: async (problem) => {
      cursor.set({ problem });
      await cursor.save();
    },
    restart: async () => {
      await startOver(cursor);
    },
  };
}

/** A bucket that is not there holds nothing; made again, it is empty. */
async function startOver(cursor: Cursor): Promise<void> {
  cursor.set({ next: FIRST, refused: 0, firstRefusal: null });
  await cursor.save();
}

/** What blocked a batch → what to say of it, and how long to wait before the next try; null where trying again is senseless. */
function setbackOf(
  answer: WriteAnswer,
  nth: number,
  random: () => number,
): { readonly problem: string; readonly waitMs: number | null } {
  const { kind, message } = answer;
  switch (kind) {
    case 'unauthorized':
    case 'not-found':
      return { problem: message, waitMs: backoffMs('refusing', nth, null, random) };
    case 'busy':
      return { problem: message, waitMs: backoffMs('busy', nth, answer.retryAfterMs, random) };
    case 'unreachable':
      return { problem: message, waitMs: backoffMs('busy', nth, null, random) };
    case 'refused':
    case 'too-large':
    case 'accepted':
      return {
        problem:
          `the store refuses points in more than ${String(MOST_ISOLATED)} places, the last with: ${message} ` +
          '(where a field has another type there, use another bucket; then export again)',
        waitMs: null,
      };
  }
}

/** Batches in order, the next one read while the one before is on its way. At most two are held. */
function prefetched(points: RunPoints, cursor: Cursor, limit: () => number) {
  let reading: Promise<Batch | null> | null = null;
  const read = () => points.next(cursor.state().next, limit());
  return {
    next: async () => {
      const batch = await (reading ?? read());
      reading = null;
      if (batch !== null) {
        reading = points.next(batch.after(batch.lines.count), limit());
        // Whoever awaits it has the error; until then it must not end the process.
        reading.catch(() => undefined);
      }
      return batch;
    },
    /** Of what was read ahead nothing follows any more. */
    forget: () => {
      reading?.catch(() => undefined);
      reading = null;
    },
    idle: async () => {
      await reading?.catch(() => undefined);
    },
  };
}
