import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect } from 'chai';
import { createRunFile } from '../../src/recorder/run-file.ts';
import { META as META_KEYS, SCHEMA_VERSION } from '../../src/recorder/schema.ts';
import { META, scratch } from './recorded.ts';

const DOCUMENT = readFileSync(new URL('../../docs/run-file.md', import.meta.url), 'utf8');

/** `## table samples` and the rows of the Markdown table below it → `samples.seq UINTEGER`. */
function documentedColumns(): string[] {
  const columns: string[] = [];
  let table: string | null = null;
  for (const line of DOCUMENT.split('\n')) {
    if (line.startsWith('## ')) table = /^## (?:table|view) `(\w+)`/.exec(line)?.[1] ?? null;
    const [, name, type, nullable] = /^\| `(\w+)` \| (\w+) \|( null)? *\|/.exec(line) ?? [];
    if (table !== null && name !== undefined) {
      columns.push(`${table}.${name} ${String(type)}${nullable ?? ''}`);
    }
  }
  return columns;
}

describe('docs/run-file.md', () => {
  const folder = scratch();

  it('documents every column of every table and view, and none that is not there', async () => {
    const path = join(folder(), 'run.duckdb');
    const file = await createRunFile(path, META, (error) => {
      throw error;
    });
    await file.close();
    const instance = await DuckDBInstance.create(path, { access_mode: 'READ_ONLY' });
    const connection = await instance.connect();
    const result = await connection.runAndReadAll(`
      SELECT table_name || '.' || column_name || ' ' ||
        CASE WHEN data_type LIKE 'ENUM%' THEN 'ENUM' ELSE data_type END ||
        CASE WHEN is_nullable = 'YES' AND table_type = 'BASE TABLE' THEN ' null' ELSE '' END
      FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
      WHERE table_schema = 'main'`);
    connection.closeSync();
    instance.closeSync();
    expect(documentedColumns()).to.have.members(result.getRows().map(([column]) => column));
  });

  it('asks questions that DuckDB can answer', async () => {
    const [, questions = ''] = DOCUMENT.split('## Questions to ask it');
    const statements = questions.split(';').filter((statement) => statement.trim() !== '');
    expect(statements).to.have.length.greaterThan(1);
    const path = join(folder(), 'run.duckdb');
    const file = await createRunFile(path, META, (error) => {
      throw error;
    });
    await file.close();
    const instance = await DuckDBInstance.create(path, { access_mode: 'READ_ONLY' });
    const connection = await instance.connect();
    for (const statement of statements) await connection.run(statement);
    connection.closeSync();
    instance.closeSync();
  });

  it('names the version of the schema and every key of meta', () => {
    expect(DOCUMENT).to.include(`schema version ${String(SCHEMA_VERSION)}`);
    for (const key of Object.values(META_KEYS)) expect(DOCUMENT).to.include(`\`${key}\``);
  });
});
