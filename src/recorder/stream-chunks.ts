import type { DuckDBDataChunk, DuckDBInstance } from '@duckdb/node-api';
import { runFileError } from './run-file-error.ts';

/**
 * The result of a query as DuckDB hands it out, 2,048 rows at a time; the next chunk is made in another thread while one is looked at. Each query
 * has a connection of its own: one stream a connection. Throws `run-directory`.
 */
export async function* streamChunks(
  instance: DuckDBInstance,
  path: string,
  sql: string,
): AsyncGenerator<DuckDBDataChunk> {
  const connection = await instance.connect();
  let next: Promise<DuckDBDataChunk | null> | null = null;
  try {
    const result = await connection.stream(sql);
    for (;;) {
      const chunk = await (next ?? result.fetchChunk());
      if (chunk === null || chunk.rowCount === 0) return;
      next = result.fetchChunk();
      // When nobody asks for it (the reader stopped), nobody is told that it failed.
      next.catch(() => undefined);
      yield chunk;
    }
  } catch (error) {
    throw runFileError('reading the run file', path, error);
  } finally {
    await next?.catch(() => undefined);
    connection.closeSync();
  }
}
