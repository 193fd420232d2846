import type { DuckDBConnection } from '@duckdb/node-api';
import type { ExportAccount } from '../../model/export.ts';
import { type Next, type Position, recordedPoints } from './position.ts';
import type { StoreAddress } from './store.ts';

/**
 * How far a run has come in each store that it was exported to. In a file of its own beside the samples, so that the run file stays one file that can be
 * copied; documented in docs/time-series.md.
 */
const TABLE = `CREATE TABLE IF NOT EXISTS exports (
  url VARCHAR NOT NULL, org VARCHAR NOT NULL, bucket VARCHAR NOT NULL,
  next_sample UBIGINT NOT NULL DEFAULT 0, next_event UBIGINT NOT NULL DEFAULT 0, next_timing UBIGINT NOT NULL DEFAULT 0,
  furthest_sample UBIGINT NOT NULL DEFAULT 0, furthest_event UBIGINT NOT NULL DEFAULT 0,
  refused UBIGINT NOT NULL DEFAULT 0, first_refusal VARCHAR, problem VARCHAR, nth UBIGINT NOT NULL,
  PRIMARY KEY (url, org, bucket))`;

export type CursorState = {
  /** The first sample and event that the store has not settled: taken or refused. */
  readonly next: Next;
  /** The first that were never sent. */
  readonly furthest: Position;
  readonly refused: number;
  readonly firstRefusal: string | null;
  readonly problem: string | null;
};

/** Before the first sample and event. */
export const FIRST: Next = { samples: 0, events: 0, timings: 0 };

export type Cursor = {
  readonly state: () => CursorState;
  /** Takes effect at once; on disk with the next `save`. */
  readonly set: (change: Partial<CursorState>) => void;
  /** Writes the state, in one transaction. Until then a reader finds an older one, and sends again what it says is not settled. */
  readonly save: () => Promise<void>;
};

/** The cursor of a run for one store, from the run file that is open for writing; at the beginning where there is none. */
export async function openCursor(
  connection: DuckDBConnection,
  store: StoreAddress,
): Promise<Cursor> {
  await connection.run(TABLE);
  const { url, org, bucket } = store;
  const key = [url, org, bucket];
  // The store that was opened last is the one that `rollproof export` goes on with: `nth` counts up through all rows.
  await connection.run(
    `INSERT INTO exports (url, org, bucket, nth)
     SELECT $1, $2, $3, (SELECT coalesce(max(nth) + 1, 0) FROM exports)
     ON CONFLICT DO UPDATE SET nth = excluded.nth`,
    key,
  );
  const found = await connection.runAndReadAll(
    `SELECT ${STATE_COLUMNS.join()} FROM exports WHERE url = $1 AND org = $2 AND bucket = $3`,
    key,
  );
  let state = stateOf(found.getRows()[0] ?? []);
  let changed = false;
  return {
    state: () => state,
    set: (change) => {
      state = { ...state, ...change };
      changed = true;
    },
    save: async () => {
      if (!changed) return;
      changed = false;
      const { next, furthest, refused, firstRefusal, problem } = state;
      await connection.run(
        `UPDATE exports SET next_sample = $4, next_event = $5, next_timing = $6, furthest_sample = $7, furthest_event = $8,
           refused = $9, first_refusal = $10, problem = $11
         WHERE url = $1 AND org = $2 AND bucket = $3`,
        [
          ...[...key, next.samples, next.events, next.timings],
          ...[furthest.samples, furthest.events, refused, firstRefusal, problem],
        ],
      );
    },
  };
}

/** The store that the run was exported to last, with how far it came; null when there was none. Works on a file open for reading. */
export async function lastExport(connection: DuckDBConnection): Promise<ExportAccount | null> {
  const tables = await connection.runAndReadAll(
    "SELECT 1 FROM information_schema.tables WHERE table_name = 'exports'",
  );
  if (tables.currentRowCount === 0) return null;
  const found = await connection.runAndReadAll(
    `SELECT ${STATE_COLUMNS.join()}, url, org, bucket FROM exports ORDER BY nth DESC LIMIT 1`,
  );
  const [row] = found.getRows();
  if (row === undefined) return null;
  const [url, org, bucket] = row.slice(STATE_COLUMNS.length);
  const store = { url: String(url), org: String(org), bucket: String(bucket) };
  return accountOf(store, stateOf(row), await (await recordedPoints(connection))());
}

export function accountOf(
  { url, org, bucket }: StoreAddress,
  { next, furthest, refused, firstRefusal, problem }: CursorState,
  recorded: Position,
): ExportAccount {
  return {
    url,
    org,
    bucket,
    recorded: recorded.samples + recorded.events,
    sent: furthest.samples + furthest.events,
    accepted: next.samples + next.events - refused,
    refused,
    firstRefusal,
    problem,
  };
}

const STATE_COLUMNS = [
  'next_sample::DOUBLE',
  'next_event::DOUBLE',
  'next_timing::DOUBLE',
  'furthest_sample::DOUBLE',
  'furthest_event::DOUBLE',
  'refused::DOUBLE',
  'first_refusal',
  'problem',
] as const;

/** A row of STATE_COLUMNS. */
function stateOf(row: readonly unknown[]): CursorState {
  const number = (column: (typeof STATE_COLUMNS)[number]) =>
    Number(row[STATE_COLUMNS.indexOf(column)] ?? 0);
  const text = (column: (typeof STATE_COLUMNS)[number]) => {
    const value = row[STATE_COLUMNS.indexOf(column)];
    return typeof value === 'string' ? value : null;
  };
  return {
    next: {
      samples: number('next_sample::DOUBLE'),
      events: number('next_event::DOUBLE'),
      timings: number('next_timing::DOUBLE'),
    },
    furthest: {
      samples: number('furthest_sample::DOUBLE'),
      events: number('furthest_event::DOUBLE'),
    },
    refused: number('refused::DOUBLE'),
    firstRefusal: text('first_refusal'),
    problem: text('problem'),
  };
}
