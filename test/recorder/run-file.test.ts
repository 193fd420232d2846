import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect } from 'chai';
import fc from 'fast-check';
import { CodedError } from '../../src/errors/coded-error.ts';
import { FLAG, OUTCOMES, REASONS } from '../../src/model/sample.ts';
import { batchOf } from '../../src/model/sample-batch.ts';
import { createRunFile, openRunFile } from '../../src/recorder/run-file.ts';
import { event, META, readAll, sample, scratch } from './recorded.ts';

const neverFails = (error: CodedError) => {
  throw error;
};

async function refusal(promise: Promise<unknown>): Promise<CodedError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof CodedError) return error;
    throw error;
  }
  throw new Error('expected it to be refused');
}

async function sql(path: string, ...statements: string[]): Promise<unknown[][]> {
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  let rows: unknown[][] = [];
  for (const statement of statements) rows = (await connection.runAndReadAll(statement)).getRows();
  connection.closeSync();
  instance.closeSync();
  return rows;
}

describe('run file', () => {
  const folder = scratch();
  const path = () => join(folder(), 'run.duckdb');

  it('gives back the plan, every sample and every event as they were written', async () => {
    const file = await createRunFile(path(), META, neverFails);
    const samples = [
      sample({ seq: 0 }),
      sample({ seq: 1, outcome: 'lost', reason: 'timeout', latency: null }),
      sample({ seq: 2, outcome: 'unsent', reason: 'late', sent: null, latency: null }),
      sample({ seq: 3, outcome: 'failed', reason: 'http-5xx', detail: '503 "it\'s" down\n' }),
      sample({ seq: 4, flags: FLAG.late | FLAG.disturbed }),
    ];
    const pod = { kind: 'Pod', name: 'keystone-0', uid: 'u-1' };
    const events = [
      event({
        at: -5,
        kind: 'phase',
        what: 'start',
        subject: { kind: 'phase', name: 'baseline', uid: null },
      }),
      event({
        at: 7,
        end: 9,
        kind: 'blind',
        what: 'verifier-stalled',
        probe: 'vm',
        target: '10.0.0.5',
      }),
      event({
        at: 8,
        kind: 'pod',
        what: 'ready',
        subject: pod,
        serverTime: '2026-11-23T03:14:46Z',
        detail: { node: null, deep: [1, { a: true }] },
      }),
    ];
    file.samples(batchOf('vm', samples));
    for (const one of events) file.event(one);
    await file.end({ at: 99, ending: 'complete', why: null });

    const reader = await openRunFile(path());
    const read = await readAll(reader);
    reader.close();
    expect(reader.meta).to.deep.equal({
      ...META,
      ended: { at: 99, ending: 'complete', why: null },
    });
    expect(read.events).to.deep.equal(events);
    expect(read.samples).to.deep.equal(samples.map((one) => ({ probe: 'vm', ...one })));
  });

  it('gives back the stages of those samples that tell them apart', async () => {
    const file = await createRunFile(path(), META, neverFails);
    const told = { dns: 1_000_000, connect: null, tls: 7_000_000_000, firstByte: 0 };
    const samples = Array.from({ length: 5000 }, (_, seq) =>
      sample({
        seq,
        timings:
          seq % 3 === 0 && seq > 2500 ? { ...told, connect: seq % 2 === 0 ? seq : null } : null,
      }),
    );
    file.samples(batchOf('vm', samples.slice(0, 2000)));
    file.samples(batchOf('gate', [sample({ timings: told })]));
    file.samples(batchOf('vm', samples.slice(2000)));
    await file.end({ at: 9, ending: 'complete', why: null });
    expect(await sql(path(), 'SELECT count(*)::INTEGER FROM timings')).to.deep.equal([[834]]);
    const reader = await openRunFile(path());
    const read = (await readAll(reader)).samples;
    reader.close();
    expect(read).to.deep.equal([
      ...samples.map((one) => ({ probe: 'vm', ...one })),
      { probe: 'gate', ...sample({ timings: told }) },
    ]);
  });

  it('gives back any row to the ns, whether it was on its schedule or not, to a reader and in SQL', async () => {
    const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
    const ns = fc.oneof(
      // A double holds whole ns for 104 days.
      fc.double({ min: -1e9, max: 4e15, noNaN: true, noDefaultInfinity: true }),
      fc.integer({ min: -5, max: 5 }),
    );
    const rows = fc.array(
      fc.record({
        target: fc.constantFrom(0, 1),
        seq: fc.oneof(fc.nat(1000), fc.nat(120_000_000)),
        due: ns,
        sent: maybe(ns),
        latency: maybe(ns),
        outcome: fc.constantFrom(...OUTCOMES),
        reason: fc.constantFrom(...REASONS),
        flags: fc.integer({ min: 0, max: 255 }),
        detail: maybe(fc.string({ unit: 'grapheme', maxLength: 40 })),
        timings: fc.constant(null),
      }),
      { minLength: 1, maxLength: 300 },
    );
    await fc.assert(
      fc.asyncProperty(rows, async (written) => {
        const file = join(folder(), `${String(Math.random())}.duckdb`);
        const recording = await createRunFile(file, META, neverFails);
        recording.samples(batchOf('vm', written));
        await recording.end({ at: 9, ending: 'complete', why: null });
        const round = (value: number | null) => (value === null ? null : Math.round(value) + 0);
        const expected = written.map((one) => ({
          ...one,
          due: round(one.due),
          sent: round(one.sent),
          latency: round(one.latency),
        }));
        const reader = await openRunFile(file);
        const { samples } = await readAll(reader);
        reader.close();
        const byTarget = expected.toSorted((one, other) => one.target - other.target);
        expect(samples).to.deep.equal(byTarget.map((one) => ({ probe: 'vm', ...one })));
        const asked = await sql(
          file,
          `SELECT target_id, seq, due_ns::VARCHAR, sent_ns::VARCHAR, latency_ns::VARCHAR, outcome, reason, flags, detail
            FROM samples`,
        );
        const text = (value: number | null) => (value === null ? null : String(BigInt(value)));
        expect(asked).to.have.deep.members(
          expected.map(({ target, seq, due, sent, latency, outcome, reason, flags, detail }) => [
            ...[target, seq, text(due), text(sent), text(latency)],
            ...[outcome, reason, flags, detail],
          ]),
        );
      }),
      { numRuns: 12 },
    );
  });

  it('streams events in order of time, then of recording; those of a target in order of recording', async () => {
    const file = await createRunFile(path(), META, neverFails);
    file.samples(batchOf('gate', [sample({ seq: 0 })]));
    file.samples(
      batchOf('vm', [
        sample({ target: 1, seq: 1 }),
        sample({ seq: 1 }),
        sample({ target: 1, seq: 0 }),
      ]),
    );
    file.samples(batchOf('vm', [sample({ seq: 0 })]));
    for (const [at, what] of [
      [5, 'c'],
      [1, 'a'],
      [1, 'b'],
    ] as const)
      file.event(event({ at, what }));
    await file.end({ at: 9, ending: 'interrupted', why: 'SIGINT' });

    const reader = await openRunFile(path());
    const { events, samples } = await readAll(reader);
    reader.close();
    expect(events.map(({ what }) => what)).to.deep.equal(['a', 'b', 'c']);
    expect(samples.map((one) => [one.probe, one.target, one.seq])).to.deep.equal([
      ['vm', 0, 1],
      ['vm', 0, 0],
      ['vm', 1, 1],
      ['vm', 1, 0],
      ['gate', 0, 0],
    ]);
    expect(reader.meta.ended?.why).to.equal('SIGINT');
  });

  it('cuts and joins batches of any size without losing or doubling a row', async () => {
    const file = await createRunFile(path(), META, neverFails);
    const sizes = [1, 5000, 2047, 2048, 2049, 30_000, 3, 60_000];
    let seq = 0;
    for (const size of sizes) {
      const rows = Array.from({ length: size }, () =>
        sample({ seq: seq++, detail: seq % 999 === 0 ? String(seq) : null }),
      );
      file.samples(batchOf('vm', rows));
    }
    await file.end({ at: 9, ending: 'complete', why: null });
    const reader = await openRunFile(path());
    const { samples, batches } = await readAll(reader);
    reader.close();
    expect(samples.map((one) => one.seq)).to.deep.equal(Array.from({ length: seq }, (_, i) => i));
    expect(samples[998]?.detail).to.equal('999');
    expect(batches).to.equal(2);
  });

  it('reads a run that was closed without an end as interrupted, with all its samples', async () => {
    const file = await createRunFile(path(), META, neverFails);
    file.samples(batchOf('vm', [sample({ seq: 0 }), sample({ seq: 1 })]));
    await file.flush();
    await file.close();
    const reader = await openRunFile(path());
    expect(reader.meta.ended).to.equal(null);
    expect((await readAll(reader)).samples).to.have.lengthOf(2);
    reader.close();
  });

  it('refuses to write over a file that is there, and says which', async () => {
    const file = await createRunFile(path(), META, neverFails);
    const error = await refusal(createRunFile(path(), META, neverFails));
    expect(error.code).to.equal('run-directory');
    expect(error.message).to.include(path()).and.include('already there');
    await file.close();
  });

  it('refuses a reader in another process while the run is being written, with a hint', async () => {
    const file = await createRunFile(path(), META, neverFails);
    const code = `
      const { openRunFile } = await import(${JSON.stringify(new URL('../../src/recorder/run-file.ts', import.meta.url).href)});
      await openRunFile(process.argv[1]).catch((e) => console.log(e.code + '|' + e.message + '|' + e.hint));`;
    const args = ['--import', './test/loader.mjs', '--input-type=module', '-e', code, path()];
    const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect(stdout).to.match(/^run-directory\|.*lock.*\|another process has it open/);
    await file.close();
  });

  it('says what is wrong with a file that is missing, foreign, not a run, or of a newer schema', async () => {
    const missing = await refusal(openRunFile(path()));
    expect(missing.message).to.include('there is no run file');
    const foreign = join(folder(), 'foreign.duckdb');
    writeFileSync(foreign, 'not a database, by far. '.repeat(1000));
    const notDuckdb = await refusal(openRunFile(foreign));
    expect(notDuckdb.message).to.include('not a valid DuckDB database');
    expect(notDuckdb.hint).to.include('made by something else');
    const other = join(folder(), 'other.duckdb');
    await sql(other, 'CREATE TABLE sheep (n INTEGER)');
    expect((await refusal(openRunFile(other))).message).to.include('not a run of rollproof');
    const file = await createRunFile(path(), META, neverFails);
    await file.end({ at: 1, ending: 'complete', why: null });
    await sql(path(), "UPDATE meta SET value = '3' WHERE key = 'schema'");
    const newer = await refusal(openRunFile(path()));
    expect(newer.message).to.include('version 3');
    expect(newer.hint).to.include('0.1.0');
    for (const error of [missing, notDuckdb, newer]) expect(error.code).to.equal('run-directory');
  });

  it('cannot be made where there is no folder, and says so', async () => {
    const error = await refusal(
      createRunFile(join(folder(), 'no/such/run.duckdb'), META, neverFails),
    );
    expect(error.code).to.equal('run-directory');
    expect(error.message).to.include('making the run file failed');
  });

  it('tells once when the disk is full, and takes later calls quietly', async function () {
    const full = join(folder(), 'full');
    mkdirSync(full);
    const mounted =
      spawnSync('/usr/bin/mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', full]).status === 0;
    if (!mounted) {
      if (process.env['CI']) throw new Error('cannot mount a small disk: root is needed');
      console.log('      skipped: mounting a small disk needs root');
      this.skip();
    }
    try {
      const errors: CodedError[] = [];
      const file = await createRunFile(join(full, 'run.duckdb'), META, (error) =>
        errors.push(error),
      );
      for (let round = 0; round < 30 && errors.length === 0; round++) {
        const rows = Array.from({ length: 10_000 }, (_, i) =>
          sample({ seq: round * 10_000 + i, latency: i * 7919 }),
        );
        file.samples(batchOf('vm', rows));
        await file.flush();
      }
      expect(errors).to.have.lengthOf(1);
      expect(errors[0]?.code).to.equal('run-directory');
      expect(errors[0]?.hint).to.include('make room');
      file.samples(batchOf('vm', [sample({})]));
      file.event(event({}));
      await file.flush();
      await file.end({ at: 1, ending: 'verifier-failed', why: 'disk full' });
      expect(errors).to.have.lengthOf(1);
    } finally {
      spawnSync('/usr/bin/umount', [full]);
    }
  });

  it('gives people names and wall times', async () => {
    const file = await createRunFile(path(), META, neverFails);
    file.samples(
      batchOf('vm', [sample({ target: 1, seq: 3, due: 1_000_000_000, flags: FLAG.disturbed })]),
    );
    file.event(
      event({
        at: 2_000_000_000,
        kind: 'pod',
        what: 'ready',
        subject: { kind: 'Pod', name: 'k-0', uid: null },
      }),
    );
    await file.end({ at: 9, ending: 'complete', why: null });
    const attempt = await sql(
      path(),
      'SELECT probe, target, seq, due::VARCHAR, latency_ms, outcome, late, disturbed FROM attempts',
    );
    expect(attempt).to.deep.equal([
      ['vm', '10.0.0.6', 3, '2026-11-23 03:14:47.000000001', 0.25, 'ok', false, true],
    ]);
    const happened = await sql(
      path(),
      'SELECT time::VARCHAR, until, what, subject FROM happenings',
    );
    expect(happened).to.deep.equal([['2026-11-23 03:14:48.000000001', null, 'ready', 'k-0']]);
  });
});
