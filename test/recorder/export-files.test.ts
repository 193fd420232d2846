import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect } from 'chai';
import { CodedError } from '../../src/errors/coded-error.ts';
import { FLAG } from '../../src/model/sample.ts';
import { batchOf } from '../../src/model/sample-batch.ts';
import { exportFiles, type FileFormat } from '../../src/recorder/export-files.ts';
import { exportTables } from '../../src/recorder/export-tables.ts';
import { openRunDirectory } from '../../src/recorder/run-directory.ts';
import { createRunFile } from '../../src/recorder/run-file.ts';
import { TEMPORARY_VIEWS } from '../../src/recorder/views.ts';
import { phaseEvents } from '../model/run-text.ts';
import { event, META, sample, scratch } from './recorded.ts';

const RUN = META.plan.run;
const CHILD = fileURLToPath(new URL('fixtures/flushing-child.ts', import.meta.url));

/** A run with everything in it that a file format can get wrong: nulls, empty texts, quotes, new lines, times without a fraction. */
async function record(path: string): Promise<void> {
  mkdirSync(path, { recursive: true });
  const file = await createRunFile(join(path, 'run.duckdb'), META, (error) => {
    throw error;
  });
  const details = [null, '', 'a "quoted", and\nbroken; line', 'NULL', '∅ 鍵', '0012', ' spaced '];
  const rows = Array.from({ length: 3000 }, (_, row) => {
    const seq = Math.floor(row / 2);
    const common = {
      target: row % 2,
      seq,
      due: seq * 33_333_333,
      detail: details[row % details.length] ?? null,
    };
    const sent = common.due + row;
    if (row >= 900 && row < 960) {
      return sample({ ...common, sent, outcome: 'lost', reason: 'timeout', latency: null });
    }
    if (row >= 960 && row < 970) {
      return sample({ ...common, sent: null, outcome: 'unsent', reason: 'late', latency: null });
    }
    return sample({
      ...common,
      sent,
      latency: 250_001 + row * 977,
      flags: row % 50 === 0 ? FLAG.disturbed : 0,
      timings: row % 3 === 0 ? { dns: null, connect: row + 1, tls: null, firstByte: 99 } : null,
    });
  });
  file.samples(batchOf('vm', rows));
  // A time of a whole second: its fraction is written all the same.
  file.samples(batchOf('gate', [sample({ due: 999_999_999, sent: 999_999_999 })]));
  for (const happened of phaseEvents('5s', '45s', '50s')) file.event(happened);
  file.event(
    event({
      kind: 'pod',
      at: 6e9,
      what: 'ready',
      subject: { kind: 'Pod', name: 'k-0', uid: 'u-1' },
      detail: { text: 'a "b",\nc', n: [1, null] },
    }),
  );
  await file.end({ at: 50e9, ending: 'complete', why: null });
}

/** Unpacks a run of schema version 1. */
function unpack(name: 'ended' | 'killed', into: string): void {
  const from = new URL(`fixtures/schema-1/${name}/`, import.meta.url);
  mkdirSync(into);
  for (const packed of readdirSync(from)) {
    writeFileSync(
      join(into, packed.replace(/\.gz$/, '')),
      gunzipSync(readFileSync(new URL(packed, from))),
    );
  }
}

async function ask(path: string, statements: readonly string[]) {
  const options = path === ':memory:' ? {} : { access_mode: 'READ_ONLY' };
  const instance = await DuckDBInstance.create(path, options);
  const connection = await instance.connect();
  const answers: (readonly unknown[])[][] = [];
  for (const statement of statements) {
    answers.push((await connection.runAndReadAll(statement)).getRows());
  }
  connection.closeSync();
  instance.closeSync();
  return answers;
}

/** Count of rows, and a checksum over every value of them in any order; `text` gives a column's value as text. */
function sums(rows: string, columns: readonly string[], text: (column: string) => string): string {
  const values = columns.map((column) => `coalesce(${text(`"${column}"`)}, '<null>')`);
  return `SELECT count(*)::INTEGER, sum(hash(concat_ws('|', ${values.join()}))::HUGEINT)::VARCHAR FROM (${rows})`;
}

/** What the export has to hold, as the run file has it, against what it holds, table by table. */
async function compare(runFile: string, folder: string, format: FileFormat, schema: number) {
  const tables = exportTables(schema);
  const described = (
    await ask(runFile, [...TEMPORARY_VIEWS, ...tables.map(({ query }) => `DESCRIBE ${query}`)])
  ).slice(TEMPORARY_VIEWS.length);
  const pairs = tables.map(({ name, query }, index) => {
    const types = new Map(
      (described[index] ?? []).map(([column, type]) => [String(column), String(type)]),
    );
    const isTime = (quoted: string) => types.get(quoted.slice(1, -1)) === 'TIMESTAMP_NS';
    const typeList = [...types].map(([column, type]) => {
      const read = type.startsWith('ENUM') || type === 'TIMESTAMP_NS' ? 'VARCHAR' : type;
      return `'${column}': '${read}'`;
    });
    const file = join(folder, `${name}.${format}`);
    const read =
      format === 'parquet'
        ? `SELECT * FROM read_parquet('${file}')`
        : `SELECT * FROM read_csv('${file}', header = true, allow_quoted_nulls = false, columns = {${typeList.join()}})`;
    // Times by their ns; those of a CSV file are text: what stands before the fraction is a TIMESTAMP, the fraction has nine digits.
    const recorded = (column: string) => (isTime(column) ? `epoch_ns(${column})` : column);
    const written = (column: string) =>
      isTime(column) && format === 'csv'
        ? `(epoch_us(split_part(${column}, '.', 1)::TIMESTAMP) * 1000 + rtrim(split_part(${column}, '.', 2), 'Z')::BIGINT)`
        : recorded(column);
    const columns = [...types.keys()];
    const of = (rows: string, value: typeof recorded) =>
      sums(rows, columns, (column) => `${value(column)}::VARCHAR`);
    return { name, recorded: of(query, recorded), written: of(read, written) };
  });
  const expected = await ask(runFile, [
    ...TEMPORARY_VIEWS,
    ...pairs.map(({ recorded }) => recorded),
  ]);
  const found = await ask(
    ':memory:',
    pairs.map(({ written }) => written),
  );
  for (const [index, { name }] of pairs.entries()) {
    expect(found[index], `${name}: count and checksum`).to.deep.equal(
      expected[TEMPORARY_VIEWS.length + index],
    );
  }
}

describe('export of a run to files', () => {
  const folder = scratch();
  const exportTo = async (
    run: string,
    format: FileFormat,
    over: Partial<Parameters<typeof exportFiles>[1]> = {},
  ) => {
    const order = {
      out: join(folder(), 'out'),
      force: false,
      signal: new AbortController().signal,
    };
    return await exportFiles(await openRunDirectory(run), { format, ...order, ...over });
  };
  const refused = async (promise: Promise<unknown>) =>
    await promise.then(
      () => 'not refused',
      (error: unknown) =>
        error instanceof CodedError
          ? `${error.code}: ${error.message} (${String(error.hint)})`
          : error,
    );

  for (const format of ['parquet', 'csv'] as const) {
    it(`has every row and value of the run file (${format})`, async () => {
      const run = join(folder(), RUN);
      await record(run);
      const before = readFileSync(join(run, 'run.duckdb'));
      const written = await exportTo(run, format);
      expect(written).to.include({ folder: join(folder(), 'out', RUN), ended: true, schema: 2 });
      const names = exportTables(2).map(({ name }) => `${name}.${format}`);
      expect(written.files.map(({ name }) => name)).to.deep.equal(names);
      expect(readdirSync(written.folder)).to.have.members(names);
      expect(Object.fromEntries(written.files.map(({ name, rows }) => [name, rows]))).to.include({
        [`attempts.${format}`]: 3001,
        [`timings.${format}`]: 976,
        [`outages.${format}`]: 2,
        [`objectives.${format}`]: 2,
      });
      await compare(join(run, 'run.duckdb'), written.folder, format, 2);
      expect(readFileSync(join(run, 'run.duckdb')).equals(before)).to.equal(true);
      expect(readdirSync(run)).to.deep.equal(['run.duckdb']);
    });

    for (const name of ['ended', 'killed'] as const) {
      it(`is made from a run of schema version 1 that is ${name}, and leaves it as it is (${format})`, async () => {
        const run = join(folder(), name);
        unpack(name, run);
        const files = readdirSync(run);
        const before = files.map((file) => readFileSync(join(run, file)));
        for (const file of files) chmodSync(join(run, file), 0o444);
        chmodSync(run, 0o555);
        const written = await exportTo(run, format);
        chmodSync(run, 0o755);
        expect(written).to.include({ ended: name === 'ended', schema: 1 });
        // The directory has another name than the run in it.
        expect(written.folder).to.equal(join(folder(), 'out', RUN));
        const rows = new Map(written.files.map((file) => [file.name, file.rows]));
        expect(rows.get(`attempts.${format}`)).to.equal(180);
        expect(rows.get(`timings.${format}`)).to.equal(0);
        expect(rows.get(`outages.${format}`)).to.be.greaterThan(0);
        await compare(join(run, 'run.duckdb'), written.folder, format, 1);
        expect(readdirSync(run)).to.deep.equal(files);
        for (const [index, file] of files.entries()) {
          expect(before[index]?.equals(readFileSync(join(run, file))), file).to.equal(true);
        }
      });
    }
  }

  it('has the files and columns of docs/export.md', async () => {
    const run = join(folder(), RUN);
    await record(run);
    const page = readFileSync(new URL('../../docs/export.md', import.meta.url), 'utf8');
    const documented = page
      .split(/^### /m)
      .slice(1)
      .map((section) => {
        const [name = ''] = section.split('\n');
        const columns = [...section.matchAll(/^\| `(\w+)` \| (\w+) \|/gm)];
        return [name, columns.map(([, column, type]) => `${String(column)} ${String(type)}`)];
      });
    const tables = exportTables(2);
    const described = await ask(join(run, 'run.duckdb'), [
      ...TEMPORARY_VIEWS,
      ...tables.map(({ query }) => `DESCRIBE ${query}`),
    ]);
    const found = tables.map(({ name }, index) => [
      name,
      described[TEMPORARY_VIEWS.length + index]?.map(
        ([column, type]) => `${String(column)} ${String(type).replace(/^ENUM.*/, 'ENUM')}`,
      ),
    ]);
    expect(documented).to.deep.equal(found);
  });

  it('writes times as ISO 8601 with ns, and the types of Parquet', async () => {
    const run = join(folder(), RUN);
    await record(run);
    const { folder: csv } = await exportTo(run, 'csv');
    const lines = readFileSync(join(csv, 'attempts.csv'), 'utf8').split('\n');
    expect(lines[0]).to.equal(
      'probe,target,seq,due,sent,latency_ms,outcome,reason,late,disturbed,detail',
    );
    expect(lines[1]).to.match(
      /^vm,10\.0\.0\.5,0,2026-11-23T03:14:46\.000000001Z,2026-11-23T03:14:46\.000000001Z,0\.250001,ok,/,
    );
    expect(lines.filter((line) => line.startsWith('gate'))[0]).to.include(
      ',2026-11-23T03:14:47.000000000Z,',
    );
    const { folder: parquet } = await exportTo(run, 'parquet');
    const [types = [], [codec] = []] = await ask(':memory:', [
      `DESCRIBE SELECT * FROM read_parquet('${join(parquet, 'attempts.parquet')}')`,
      `SELECT DISTINCT compression FROM parquet_metadata('${join(parquet, 'attempts.parquet')}')`,
    ]);
    expect(types.map(([column, type]) => `${String(column)} ${String(type)}`)).to.include.members([
      'due TIMESTAMP_NS',
      'latency_ms DOUBLE',
      'late BOOLEAN',
      'seq UINTEGER',
    ]);
    expect(codec).to.deep.equal(['ZSTD']);
  });

  it('is never written over another without being forced, and then whole', async () => {
    const run = join(folder(), RUN);
    await record(run);
    const { folder: out } = await exportTo(run, 'csv');
    // Of the other format, and somebody's own: beside it.
    await exportTo(run, 'parquet');
    writeFileSync(join(out, 'notes.txt'), 'mine');
    writeFileSync(join(out, 'steps.csv'), 'mine');
    expect(await refused(exportTo(run, 'csv'))).to.match(
      /^export-exists: .*attempts\.csv.*--force/,
    );
    rmSync(join(out, 'attempts.csv'));
    expect(await refused(exportTo(run, 'csv'))).to.match(/^export-exists: .*timings\.csv/);
    expect(readFileSync(join(out, 'steps.csv'), 'utf8')).to.equal('mine');
    await exportTo(run, 'csv', { force: true });
    expect(readFileSync(join(out, 'notes.txt'), 'utf8')).to.equal('mine');
    await compare(join(run, 'run.duckdb'), out, 'csv', 2);
    expect(readdirSync(join(folder(), 'out'))).to.deep.equal([RUN]);
  });

  it('leaves nothing behind when it is interrupted or cannot write', async () => {
    const run = join(folder(), RUN);
    await record(run);
    const stop = new AbortController();
    const reason = new Error('enough');
    stop.abort(reason);
    expect(await refused(exportTo(run, 'csv', { signal: stop.signal }))).to.equal(reason);
    expect(readdirSync(join(folder(), 'out'))).to.deep.equal([]);
    writeFileSync(join(folder(), 'file'), '');
    expect(await refused(exportTo(run, 'csv', { out: join(folder(), 'file') }))).to.match(
      /^run-directory: .*writing csv files into/,
    );
  });

  it('takes folders with any name, and tells runs of one name apart by their directories', async () => {
    const run = join(folder(), `it's "odd"`, `${RUN}-2`);
    await record(run);
    const out = join(folder(), `it's [odd] *`);
    const written = await exportTo(run, 'parquet', { out });
    expect(written.folder).to.equal(join(out, `${RUN}-2`));
    expect(readdirSync(written.folder)).to.have.lengthOf(exportTables(2).length);
    // A run file alone, in a folder of other things.
    mkdirSync(join(folder(), 'Downloads'));
    renameSync(join(run, 'run.duckdb'), join(folder(), 'Downloads', 'kept.db'));
    const alone = await exportTo(join(folder(), 'Downloads', 'kept.db'), 'csv', { out });
    expect(alone.folder).to.equal(join(out, RUN));
  });

  it('refuses a run that is written right now, and takes it whole once its verifier was killed', async () => {
    const run = join(folder(), RUN);
    mkdirSync(run);
    const path = join(run, 'run.duckdb');
    const args = ['--import', './test/loader.mjs', CHILD, path, '1000'];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const exited = once(child, 'exit');
    try {
      const lines = createInterface({ input: child.stdout });
      await once(lines, 'line');
      expect(await refused(exportTo(run, 'parquet'))).to.match(
        /^run-directory: .*\(another process has it open; wait/,
      );
    } finally {
      child.kill('SIGKILL');
      await exited;
    }
    const written = await exportTo(run, 'parquet');
    expect(written.ended).to.equal(false);
    expect(written.files[0]?.rows).to.be.at.least(1000);
    await compare(path, written.folder, 'parquet', 2);
  });

  it('lets SQL that stands in a run file read nothing but that file', async () => {
    const run = join(folder(), RUN);
    await record(run);
    const secret = join(folder(), 'secret.txt');
    writeFileSync(secret, 'the password');
    const instance = await DuckDBInstance.create(join(run, 'run.duckdb'));
    const connection = await instance.connect();
    await connection.run('DROP TABLE steps');
    await connection.run(
      `CREATE VIEW steps AS SELECT 0::USMALLINT AS step_index, content AS name, 'x' AS kind FROM read_text('${secret}')`,
    );
    connection.closeSync();
    instance.closeSync();
    expect(await refused(exportTo(run, 'csv'))).to.match(/^run-directory: .*Permission Error/);
  });
});
