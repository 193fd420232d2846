import type { DuckDBConnection } from '@duckdb/node-api';

/** Where reading goes on: the first sample and the first event that are not settled, counted as recorded, from 0. */
export type Position = { readonly samples: number; readonly events: number };

/** The table that samples are added to: that of the present schema, or of version 1. */
export async function sampleTable(
  connection: DuckDBConnection,
): Promise<'packed_samples' | 'samples'> {
  const found = await connection.runAndReadAll(
    "SELECT 1 FROM information_schema.tables WHERE table_name = 'packed_samples'",
  );
  return found.currentRowCount > 0 ? 'packed_samples' : 'samples';
}

/** How many samples and events are recorded: the position behind the last. */
export async function recordedPoints(connection: DuckDBConnection): Promise<Position> {
  const table = await sampleTable(connection);
  const found = await connection.runAndReadAll(
    `SELECT (SELECT count(*) FROM ${table})::DOUBLE, (SELECT count(*) FROM events)::DOUBLE`,
  );
  const [row] = found.getRows();
  return { samples: Number(row?.[0] ?? 0), events: Number(row?.[1] ?? 0) };
}
