import { statSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';
import { OUTCOMES, REASONS, type SampleBatch } from '../../src/model/sample.ts';
import { sampleSource } from './sample-source.ts';

/** Rows of a transaction, as the recorder's. */
const TRANSACTION_ROWS = 20_480;

export type PlainTable = { readonly seconds: number; readonly bytes: number };

/**
 * The peer: the same samples into a plain DuckDB table, value by value as DuckDB's own appender is meant to be used, with as many rows in a transaction. `seconds` without what it
 * took to make the samples.
 */
export async function writePlainTable(
  path: string,
  targets: number,
  rows: number,
): Promise<PlainTable> {
  const instance = await DuckDBInstance.create(path, { threads: '1', memory_limit: '256MB' });
  const connection = await instance.connect();
  const names = (list: readonly string[]) => list.map((name) => `'${name}'`).join(', ');
  await connection.run(`CREATE TYPE outcome AS ENUM (${names(OUTCOMES)})`);
  await connection.run(`CREATE TYPE reason AS ENUM (${names(REASONS)})`);
  await connection.run(`CREATE TABLE samples (
    target_id UINTEGER NOT NULL, seq UINTEGER NOT NULL, due_ns BIGINT NOT NULL, sent_ns BIGINT, latency_ns BIGINT,
    outcome outcome NOT NULL, reason reason NOT NULL, flags UTINYINT NOT NULL, detail VARCHAR)`);
  const appender = await connection.createAppender('samples');
  const [outcomes, reasons] = [appender.columnType(5), appender.columnType(6)];
  const append = (batch: SampleBatch, row: number) => {
    const bigint = (value = Number.NaN) => {
      if (Number.isNaN(value)) appender.appendNull();
      else appender.appendBigInt(BigInt(Math.round(value)));
    };
    appender.appendUInteger(batch.target[row] ?? 0);
    appender.appendUInteger(batch.seq[row] ?? 0);
    bigint(batch.due[row]);
    bigint(batch.sent[row]);
    bigint(batch.latency[row]);
    appender.appendValue(OUTCOMES[batch.outcome[row] ?? 0] ?? null, outcomes);
    appender.appendValue(REASONS[batch.reason[row] ?? 0] ?? null, reasons);
    appender.appendUTinyInt(batch.flags[row] ?? 0);
    appender.appendNull();
    appender.endRow();
  };
  const next = sampleSource(targets);
  let makingMs = 0;
  const begun = performance.now();
  for (let made = 0; made < rows; ) {
    await connection.run('BEGIN');
    for (let inTransaction = 0; inTransaction < TRANSACTION_ROWS && made < rows; ) {
      const before = performance.now();
      const batch = next();
      makingMs += performance.now() - before;
      for (let row = 0; row < batch.count; row++) append(batch, row);
      made += batch.count;
      inTransaction += batch.count;
    }
    appender.flushSync();
    await connection.run('COMMIT');
  }
  await connection.run('CHECKPOINT');
  const seconds = (performance.now() - begun - makingMs) / 1000;
  connection.closeSync();
  instance.closeSync();
  return { seconds, bytes: statSync(path).size };
}

/** The samples of a run file as a plain table, written by DuckDB itself: its size in bytes. */
export async function copyToPlainTable(runFile: string, path: string): Promise<number> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(`ATTACH '${runFile}' AS run (READ_ONLY)`);
  await connection.run(`ATTACH '${path}' AS plain`);
  await connection.run(
    `CREATE TABLE plain.samples AS SELECT * REPLACE (outcome::VARCHAR AS outcome, reason::VARCHAR AS reason) FROM run.samples`,
  );
  await connection.run('CHECKPOINT plain');
  connection.closeSync();
  instance.closeSync();
  return statSync(path).size;
}

/** How long DuckDB takes, with as many threads as it likes, to fold such a table: counts and percentiles of each target. */
export async function foldPlainTable(path: string): Promise<number> {
  const instance = await DuckDBInstance.create(path, { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  const begun = performance.now();
  await connection.runAndReadAll(
    `SELECT target_id, outcome, count(*), quantile_disc(latency_ns, [0.5, 0.9, 0.99, 0.999]), max(latency_ns)
      FROM samples GROUP BY ALL`,
  );
  const seconds = (performance.now() - begun) / 1000;
  connection.closeSync();
  instance.closeSync();
  return seconds;
}
