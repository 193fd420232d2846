import type { DuckDBConnection } from '@duckdb/node-api';

/** Where reading goes on: the first sample and the first event that are not settled, counted as recorded, from 0. */
export type Position = { readonly samples: number; readonly events: number };

/** How many samples and events are recorded: the position behind the last. */
export async function recordedPoints(connection: DuckDBConnection): Promise<Position> {
  const found = await connection.runAndReadAll(
    'SELECT (SELECT count(*) FROM samples)::DOUBLE, (SELECT count(*) FROM events)::DOUBLE',
  );
  const [row] = found.getRows();
  return { samples: Number(row?.[0] ?? 0), events: Number(row?.[1] ?? 0) };
}
