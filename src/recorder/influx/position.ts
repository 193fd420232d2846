import type { DuckDBConnection } from '@duckdb/node-api';

/** How many samples and events, counted as recorded: those before it. */
export type Position = { readonly samples: number; readonly events: number };

/** Where reading goes on: the first sample and event that are not settled, and the first row of table `timings` that belongs to such a sample. */
export type Next = Position & { readonly timings: number };

/** Counts what is recorded in a run file of either schema, as often as it is asked. */
export async function recordedPoints(
  connection: DuckDBConnection,
): Promise<() => Promise<Position>> {
  const packed = await connection.runAndReadAll(
    "SELECT 1 FROM information_schema.tables WHERE table_name = 'packed_samples'",
  );
  const table = packed.currentRowCount > 0 ? 'packed_samples' : 'samples';
  return async () => {
    const found = await connection.runAndReadAll(
      `SELECT (SELECT count(*) FROM ${table})::DOUBLE, (SELECT count(*) FROM events)::DOUBLE`,
    );
    const [row] = found.getRows();
    return { samples: Number(row?.[0] ?? 0), events: Number(row?.[1] ?? 0) };
  };
}
