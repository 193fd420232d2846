import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  cpSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect } from 'chai';
import type { RunMeta } from '../../src/contracts/samples.ts';
import { batchOf } from '../../src/model/sample-batch.ts';
import { createRunFile, openRunFile } from '../../src/recorder/run-file.ts';
import { phaseEvents } from '../model/run-text.ts';
import { META, readAll, sample, scratch } from '../recorder/recorded.ts';
import { cli } from './in-process.ts';

const CHILD = fileURLToPath(new URL('../recorder/fixtures/flushing-child.ts', import.meta.url));
const DAY = '2026-11-23T03-14-46Z-';

/** A run file; `nth` is what tells two runs of one name apart: when it began. */
async function record(path: string, name = 'roll', nth = 0, rows = 500): Promise<void> {
  mkdirSync(join(path, '..'), { recursive: true });
  const meta: Omit<RunMeta, 'ended'> = {
    ...META,
    plan: { ...META.plan, run: `${DAY}${name}` },
    anchor: { ...META.anchor, monotonicNs: META.anchor.monotonicNs + BigInt(nth) },
  };
  const file = await createRunFile(path, meta, (error) => {
    throw error;
  });
  const samples = Array.from({ length: rows }, (_, seq) =>
    sample({ seq, detail: rows > 1000 ? `${String(seq * 7919)} ${String(Math.random())}` : null }),
  );
  for (const happened of phaseEvents('1s', '5s', '9s')) file.event(happened);
  file.samples(batchOf('vm', samples));
  await file.end({ at: 10e9, ending: 'complete', why: null });
}

/** A run's directory as `rollproof run` leaves it. */
async function runAt(path: string, name?: string, nth?: number): Promise<void> {
  await record(join(path, 'run.duckdb'), name, nth);
  writeFileSync(join(path, 'scenario.yaml'), 'version: 1\n');
  writeFileSync(join(path, 'verdict.json'), '{"its":"own"}');
  writeFileSync(join(path, 'junit.xml'), '<own/>');
  writeFileSync(join(path, 'report.html'), '<p>own');
  writeFileSync(join(path, 'log.ndjson'), '{}\n');
}

/** Every file below a folder with its bytes. */
function snapshot(folder: string): ReadonlyMap<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true });
  return new Map(
    files
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(folder.length + 1), readFileSync(path).toString('base64')]),
  );
}

describe('rollproof import', function () {
  this.timeout(30_000);
  const folder = scratch();
  const at = (...parts: string[]) => join(folder(), ...parts);
  const importTo = async (...argv: string[]) => await cli(['import', ...argv, '--out', at('runs')]);

  it('joins runs of artifact folders of any layout into one that report opens, and changes no source', async () => {
    // As actions/download-artifact unpacks them: a folder for each artifact, the run in it or being it; GitLab keeps the path.
    await runAt(at('artifacts/upgrade-1', `${DAY}roll`));
    await runAt(at('artifacts/upgrade-2'), 'glance');
    await runAt(at('artifacts/job/builds/runs', `${DAY}nova`), 'nova');
    mkdirSync(at('artifacts/upgrade-2/extra/deep'), { recursive: true });
    writeFileSync(at('artifacts/upgrade-2/extra/deep/note.txt'), 'kept');
    writeFileSync(at('artifacts/readme.txt'), 'no run');
    const before = snapshot(at('artifacts'));
    const { exitCode, out, err } = await importTo(at('artifacts'));
    expect(exitCode, err).to.equal(0);
    const lines = out.trimEnd().split('\n');
    expect(lines.at(-1)).to.equal(at('runs'));
    expect(lines.filter((line) => line.startsWith('imported'))).to.have.lengthOf(3);
    expect(lines).to.have.lengthOf(4);
    expect(readdirSync(at('runs'))).to.have.members([`${DAY}roll`, `${DAY}glance`, `${DAY}nova`]);
    expect(snapshot(at('artifacts'))).to.deep.equal(before);
    for (const [from, to] of [
      [`artifacts/upgrade-1/${DAY}roll`, 'roll'],
      ['artifacts/upgrade-2', 'glance'],
      [`artifacts/job/builds/runs/${DAY}nova`, 'nova'],
    ] as const) {
      expect(snapshot(at('runs', `${DAY}${to}`))).to.deep.equal(snapshot(at(from)));
      expect((await cli(['report', at('runs', `${DAY}${to}`)])).exitCode).to.equal(0);
    }
  });

  it('takes a run once, however often and by whichever way it comes, and another of its name as -2', async () => {
    await runAt(at('a', `${DAY}roll`));
    cpSync(at('a'), at('copy'), { recursive: true });
    await runAt(at('b'), 'roll', 1);
    await runAt(at('c'), 'roll', 2);
    const first = await importTo(at('a'), at('copy'), at('b'));
    expect(first.exitCode, first.err).to.equal(0);
    expect(first.out.match(/^\w+ ?\w*/gm)?.slice(0, 3)).to.deep.equal([
      'imported ',
      'already there',
      'imported ',
    ]);
    const all = [`${DAY}roll`, `${DAY}roll-2`];
    expect(readdirSync(at('runs'))).to.have.members(all);
    const before = snapshot(at('runs'));
    const again = await importTo(at('b'), at('copy', `${DAY}roll`, 'run.duckdb'), at('runs'));
    expect(again.exitCode, again.err).to.equal(0);
    expect(again.out.match(/^already there/gm)).to.have.lengthOf(4);
    expect(snapshot(at('runs'))).to.deep.equal(before);
    // A gap in the numbers hides nobody.
    rmSync(at('runs', `${DAY}roll`), { recursive: true });
    await importTo(at('c'));
    const known = await importTo(at('b'));
    expect(known.out).to.match(/^already there.*roll-2$/m);
    expect(readdirSync(at('runs'))).to.have.members(all);
  });

  it('makes anew what a run came without, and only that', async () => {
    await record(at('kept/run.duckdb'));
    await runAt(at('partly'), 'nova');
    rmSync(at('partly/report.html'));
    await record(at('Downloads', 'kept for the audit.db'), 'glance');
    writeFileSync(at('Downloads', 'somebody.txt'), 'not of the run');
    const { exitCode, out, err } = await importTo(
      at('kept'),
      at('partly'),
      at('Downloads', 'kept for the audit.db'),
    );
    expect(exitCode, err).to.equal(0);
    expect(out).to.match(
      /kept → .*roll: \w+; made anew: verdict\.json, junit\.xml, report\.html$/m,
    );
    expect(out).to.match(/partly → .*nova: \w+; made anew: report\.html$/m);
    expect(readFileSync(at('runs', `${DAY}nova`, 'verdict.json'), 'utf8')).to.equal(
      '{"its":"own"}',
    );
    for (const [name, files] of [
      ['roll', ['junit.xml', 'report.html', 'run.duckdb', 'verdict.json']],
      ['glance', ['junit.xml', 'report.html', 'run.duckdb', 'verdict.json']],
    ] as const) {
      const run = at('runs', `${DAY}${name}`);
      expect(readdirSync(run)).to.deep.equal(files);
      const report = await cli(['report', run, '--format', 'json']);
      const made: unknown = JSON.parse(readFileSync(join(run, 'verdict.json'), 'utf8'));
      expect(made).to.deep.equal(JSON.parse(report.out));
    }
  });

  it('takes the log of a run that was killed with it, and says when there is none', async () => {
    mkdirSync(at('killed'));
    const child = spawn(
      process.execPath,
      ['--import', './test/loader.mjs', CHILD, at('killed/run.duckdb'), '1000'],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const exited = once(child, 'exit');
    try {
      const lines = createInterface({ input: child.stdout });
      await once(lines, 'line');
      const written = await importTo(at('killed'));
      expect(written.exitCode).to.equal(5);
      expect(written.out).to.match(/^failed .*lock.*another process has it open/im);
      expect(written.err).to.match(/killed\nhint: .*\n\(import-incomplete, exit 5/);
    } finally {
      child.kill('SIGKILL');
      await exited;
    }
    const without = at('without');
    mkdirSync(without);
    cpSync(at('killed/run.duckdb'), join(without, 'run.duckdb'));
    for (const file of readdirSync(at('killed'))) chmodSync(at('killed', file), 0o444);
    const before = snapshot(at('killed'));
    const { exitCode, out, err } = await importTo(at('killed'));
    expect(exitCode, err).to.equal(0);
    expect(out).to.match(/interrupted; made anew: verdict\.json, junit\.xml, report\.html$/m);
    expect(snapshot(at('killed'))).to.deep.equal(before);
    const run = at('runs', META.plan.run);
    expect(readdirSync(run)).to.include('run.duckdb.wal');
    const reader = await openRunFile(join(run, 'run.duckdb'));
    expect((await readAll(reader)).samples.length).to.be.at.least(1000);
    reader.close();
    // A copy from a read-only artifact may be written: `export --to influx` keeps its cursor there.
    expect(statSync(join(run, 'run.duckdb')).mode & 0o200).to.equal(0o200);
    rmSync(at('runs'), { recursive: true });
    expect((await importTo(without)).out).to.include('no log (run.duckdb.wal) is beside it');
  });

  it('tells of the same run that it is there without its end', async () => {
    mkdirSync(at('early'));
    for (const packed of ['run.duckdb.gz', 'run.duckdb.wal.gz']) {
      const from = new URL(`../recorder/fixtures/schema-1/killed/${packed}`, import.meta.url);
      writeFileSync(at('early', packed.slice(0, -3)), gunzipSync(readFileSync(from)));
    }
    await record(at('late/run.duckdb'));
    const { exitCode, out } = await importTo(at('early'), at('late'));
    expect(exitCode).to.equal(0);
    expect(out).to.match(/^already there .*has no end, this one has: remove that one/m);
  });

  it('says what is not a run and goes on; follows no link out of the source', async () => {
    await runAt(at('outside'), 'secret');
    writeFileSync(at('password'), 'the password');
    await runAt(at('mixed/a'));
    symlinkSync(at('password'), at('mixed/a/password'));
    symlinkSync(at('outside'), at('mixed/link'));
    mkdirSync(at('mixed/b'));
    symlinkSync(at('outside/run.duckdb'), at('mixed/b/run.duckdb'));
    mkdirSync(at('mixed/old.draft'));
    await record(at('mixed/old.draft/run.duckdb'), 'half');
    writeFileSync(at('mixed/more.zip'), 'PK');
    const other = await DuckDBInstance.create(at('mixed/other.duckdb'));
    other.closeSync();
    mkdirSync(at('mixed/theirs'));
    const theirs = await DuckDBInstance.create(at('mixed/theirs/run.duckdb'));
    theirs.closeSync();
    const { exitCode, out, err } = await importTo(at('mixed'), '--json');
    expect(exitCode, err).to.equal(0);
    const printed = JSON.parse(out) as {
      folder: string;
      runs: { source: string; outcome: string; path: string | null; why: string | null }[];
    };
    expect(printed.folder).to.equal(at('runs'));
    const told = printed.runs.map(({ source, outcome, why }) => [
      source.slice(at('mixed').length + 1),
      outcome,
      why,
    ]);
    expect(told).to.deep.equal([
      ['a', 'imported', null],
      ['a/password', 'skipped', 'is a symbolic link, which is not followed'],
      ['b/run.duckdb', 'skipped', 'is a symbolic link, which is not followed'],
      ['link', 'skipped', 'is a symbolic link, which is not followed'],
      ['more.zip', 'skipped', 'is packed'],
      ['old.draft', 'skipped', 'is an unfinished copy'],
      ['other.duckdb', 'skipped', 'is a database that is not called run.duckdb'],
      ['theirs', 'skipped', 'is a DuckDB database, but not a run of rollproof'],
    ]);
    expect(readdirSync(at('runs'))).to.deep.equal([`${DAY}roll`]);
    expect([...snapshot(at('runs')).keys()].map((path) => basename(path))).not.to.include(
      'password',
    );
  });

  for (const [what, damage] of [
    [
      'cut short',
      (path: string) => {
        truncateSync(path, Math.floor(statSync(path).size / 2));
      },
    ],
    [
      'empty',
      (path: string) => {
        truncateSync(path, 0);
      },
    ],
    [
      'no database',
      (path: string) => {
        writeFileSync(path, 'x'.repeat(100_000));
      },
    ],
    [
      'changed in the middle',
      (path: string) => {
        const file = openSync(path, 'r+');
        const { size } = statSync(path);
        for (let block = 2; block * 262_144 < size; block++) {
          writeSync(file, Buffer.alloc(64, 0x5a), 0, 64, block * 262_144);
        }
        closeSync(file);
      },
    ],
  ] as const) {
    it(`says which run is broken (${what}), leaves nothing of it, and imports the others`, async () => {
      await record(at('in/broken/run.duckdb'), 'broken', 0, 60_000);
      damage(at('in/broken/run.duckdb'));
      await runAt(at('in/fine'));
      const { exitCode, out, err } = await importTo(at('in'));
      expect(exitCode).to.equal(5);
      expect(out).to.match(
        /^failed .*in\/broken: (opening|reading) the run file failed: .*; copy run\.duckdb and.*again$/m,
      );
      expect(out).not.to.include('.draft');
      expect(err).to.match(/^1 source could not be imported: .*in\/broken\n/);
      expect(readdirSync(at('runs'))).to.deep.equal([`${DAY}roll`]);
    });
  }

  it('refuses what is not there, is packed or has no run in it, with exit code 5', async () => {
    writeFileSync(at('artifact.zip'), 'PK');
    mkdirSync(at('empty'));
    for (const [source, told] of [
      ['nowhere', /^failed .*nowhere: is not there$/m],
      ['artifact.zip', /^failed .*: is packed; unpack it first, and give the folder$/m],
      ['empty', /^skipped .*: there is no run in it/m],
    ] as const) {
      const { exitCode, out, err } = await importTo(at(source));
      expect([exitCode, err.includes('(import-incomplete, exit 5')]).to.deep.equal([5, true]);
      expect(out).to.match(told);
      expect(out.trimEnd().split('\n').at(-1)).to.equal(at('runs'));
    }
    expect((await cli(['import'])).exitCode).to.equal(3);
  });

  it('cannot be led out of its folder by the name of a run', async () => {
    await record(at('x/run.duckdb'), '../../../escaped');
    const { exitCode, err } = await importTo(at('x'));
    expect(exitCode, err).to.equal(0);
    expect(readdirSync(at('runs'))).to.deep.equal([`${DAY}..-..-..-escaped`]);
    expect(readdirSync(folder())).to.have.members(['runs', 'x']);
  });

  it('stops when it is interrupted, and leaves no half of a run', async () => {
    await runAt(at('a'));
    renameSync(at('a'), at('b'));
    const { exitCode, out, err } = await cli(['import', at('b'), '--out', at('runs')], {
      onTermination: (handle) => {
        handle('SIGTERM');
        return () => undefined;
      },
    });
    expect([exitCode, out]).to.deep.equal([130, `${at('runs')}\n`]);
    expect(err).to.match(/^interrupted/);
    expect(readdirSync(folder())).to.deep.equal(['b']);
  });
});
