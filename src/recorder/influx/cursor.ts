import type { DuckDBConnection } from '@duckdb/node-api';
import type { ExportAccount } from '../../model/export.ts';
import { type Position, recordedPoints } from './position.ts';
import type { StoreAddress } from './store.ts';

/**
 * How far a run has come in each store that it was exported to. In a file of its own beside the samples, so that the run file stays one file that can be
 * copied; documented in docs/time-series.md.
 */
const TABLE = `CREATE TABLE IF NOT EXISTS exports (
  url VARCHAR NOT NULL, org VARCHAR NOT NULL, bucket VARCHAR NOT NULL,
  next_sample UBIGINT NOT NULL, next_event UBIGINT NOT NULL, furthest_sample UBIGINT NOT NULL, furthest_event UBIGINT NOT NULL,
  refused UBIGINT NOT NULL, first_refusal VARCHAR, problem VARCHAR, nth UBIGINT NOT NULL,
  PRIMARY KEY (url, org, bucket))`;

export type CursorState = {
  /** The first sample and event that the store has not settled: taken or refused. */
  readonly next: Position;
  /** The first that were never sent. */
  readonly furthest: Position;
  readonly refused: number;
  readonly firstRefusal: string | null;
  readonly problem: string | null;
};

const BEGINNING: CursorState = {
  next: { samples: 0, events: 0 },
  furthest: { samples: 0, events: 0 },
  refused: 0,
  firstRefusal: null,
  problem: null,
};

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
  const found = await connection.runAndReadAll(
    `SELECT ${COLUMNS} FROM exports WHERE url = $1 AND org = $2 AND bucket = $3`,
    [url, org, bucket],
  );
  const [row] = found.getRows();
  let state = row === undefined ? BEGINNING : stateOf(row);
  let changed = row === undefined;
  const cursor: Cursor = {
    state: () => state,
    set: (change) => {
      state = { ...state, ...change };
      changed = true;
    },
    save: async () => {
      if (!changed) return;
      changed = false;
      const { next, furthest, refused, firstRefusal, problem } = state;
      // The last written is the one that `rollproof export` goes on with, so `nth` counts up through all rows.
      await connection.run(
        `INSERT OR REPLACE INTO exports
         SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, (SELECT coalesce(max(nth) + 1, 0) FROM exports)`,
        [
          ...[url, org, bucket, next.samples, next.events, furthest.samples, furthest.events],
          ...[refused, firstRefusal, problem],
        ],
      );
    },
  };
  await cursor.save();
  return cursor;
}

/** The store that the run was exported to last, with how far it came; null when there was none. Works on a file open for reading. */
export async function lastExport(connection: DuckDBConnection): Promise<ExportAccount | null> {
  const tables = await connection.runAndReadAll(
    "SELECT 1 FROM information_schema.tables WHERE table_name = 'exports'",
  );
  if (tables.currentRowCount === 0) return null;
  const found = await connection.runAndReadAll(
    `SELECT ${COLUMNS}, url, org, bucket FROM exports ORDER BY nth DESC LIMIT 1`,
  );
  const [row] = found.getRows();
  if (row === undefined) return null;
  const [, , , , , , , url, org, bucket] = row;
  const store = { url: String(url), org: String(org), bucket: String(bucket) };
  return accountOf(store, stateOf(row), await recordedPoints(connection));
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

const COLUMNS =
  'next_sample::DOUBLE, next_event::DOUBLE, furthest_sample::DOUBLE, furthest_event::DOUBLE, refused::DOUBLE, first_refusal, problem';

function stateOf(row: readonly unknown[]): CursorState {
  const number = (column: number) => Number(row[column] ?? 0);
  const text = (column: number) => {
    const { [column]: value } = row;
    return typeof value === 'string' ? value : null;
  };
  return {
    next: { samples: number(0), events: number(1) },
    furthest: { samples: number(2), events: number(3) },
    refused: number(4),
    firstRefusal: text(5),
    problem: text(6),
  };
}
