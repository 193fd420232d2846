import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect } from 'chai';
import type { VerdictFile } from '../../src/model/verdict-file.ts';
import { BUCKET, contentOf, type FakeInflux, fakeInflux } from '../recorder/influx/fake-influx.ts';
import type { StoredPoint } from '../recorder/influx/line-parser.ts';
import { expectedPoints, madeRun, recordRun } from '../recorder/influx/recorded-run.ts';
import { cli } from './in-process.ts';
import { MAIN, startVerifier, type Verifier } from './verifier.ts';

/** A web server, probed while `upgrade` goes on, and a store. */
function scenario(url: string, store: string, upgrade = 'wait: { for: 1s }'): string {
  return [
    'version: 1',
    'name: test',
    'probes:',
    `  web: { http: { url: "${url}", rate: 100/s, timeout: 2s } }`,
    'baseline: 500ms',
    `upgrade: [{ ${upgrade} }]`,
    'settle: 500ms',
    `store: { influx: ${store} }`,
    '',
  ].join('\n');
}

describe('rollproof run with a time-series store, and rollproof export', function () {
  this.timeout(60_000);
  let web: Server;
  let url = '';
  let fake: FakeInflux;
  let verifier: Verifier | null = null;
  before(async () => {
    web = createServer((_, response) => response.end('fine'));
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${String((web.address() as AddressInfo).port)}/`;
  });
  after(() => {
    web.closeAllConnections();
    web.close();
  });
  beforeEach(async () => {
    fake = await fakeInflux();
  });
  afterEach(async () => {
    await fake.stop();
    await verifier?.remove();
    verifier = null;
  });
  const env = (): Record<string, string> => ({
    INFLUX_URL: fake.url,
    INFLUX_ORG: fake.org,
    INFLUX_BUCKET: BUCKET,
    INFLUX_TOKEN: fake.token,
  });
  const verdictOf = async (run: Verifier): Promise<VerdictFile> => {
    const text = await readFile(join(await run.directory(), 'verdict.json'), 'utf8');
    return JSON.parse(text) as VerdictFile;
  };
  const points = () => [...(fake.buckets.get(BUCKET) ?? new Map<string, StoredPoint>()).values()];

  /** What the run file holds against what the store holds, sample by sample. */
  async function expectRecorded(runFile: string): Promise<number> {
    const instance = await DuckDBInstance.create(runFile, { access_mode: 'READ_ONLY' });
    const connection = await instance.connect();
    const read = async (sql: string) => (await connection.runAndReadAll(sql)).getRows();
    const samples = await read(
      `SELECT t.name || ' ' || seq || ' ' || outcome || ' ' || coalesce(latency_ns::VARCHAR, '') || ' ' ||
         ((SELECT value::BIGINT FROM meta WHERE key = 'anchor_wall_ns') + due_ns)
       FROM samples JOIN targets t USING (target_id) WHERE flags = 0`,
    );
    const [[counts] = []] = await read(
      'SELECT ((SELECT count(*) FROM samples) + (SELECT count(*) FROM events))::DOUBLE',
    );
    connection.closeSync();
    instance.closeSync();
    const whole = (text: string | undefined) => (text ?? '').replace('i', '');
    const stored = points()
      .filter(
        ({ measurement, fields }) =>
          measurement === 'rollproof_attempt' && !('latency_at_most_ns' in fields),
      )
      .map(
        ({ tags, fields, time }) =>
          `${String(tags['target'])} ${whole(fields['seq'])} ${String(tags['outcome'])} ${whole(fields['latency_ns'])} ${time}`,
      );
    expect(stored.sort()).to.deep.equal(samples.map(([text]) => String(text)).sort());
    expect(points().length).to.equal(counts);
    return Number(counts);
  }

  it('has every point in the store when the run ends, with phases, and says so', async () => {
    verifier = await startVerifier(scenario(url, '{}'), { env: env() });
    await verifier.exited;
    const { out, err } = verifier.output();
    const recorded = await expectRecorded(join(await verifier.directory(), 'run.duckdb'));
    expect(recorded, err).to.be.greaterThan(150);
    const { export: account } = await verdictOf(verifier);
    expect(account).to.deep.include({ recorded, sent: recorded, accepted: recorded, missing: 0 });
    expect(out).to.match(/--- time-series store ---\n.*recorded, .* accepted/s);
    const phases = new Set(points().map(({ tags }) => tags['phase']));
    expect([...phases]).to.include.members(['baseline', 'upgrade', 'settle']);
    expect(fake.requests.length, 'live, not all at the end').to.be.greaterThan(2);

    const report = await cli(['report', await verifier.directory()]);
    expect(report.out).to.include('accepted');
  });

  it('is not disturbed by a store that is down; report says what is missing, and export sends it', async () => {
    await fake.stop();
    const store = '{ catchUp: 300ms }';
    verifier = await startVerifier(scenario(url, store), { env: env() });
    const { code } = await verifier.exited;
    const { out, err } = verifier.output();
    expect([0, 2], err).to.include(code);
    const directory = await verifier.directory();
    const { export: account } = await verdictOf(verifier);
    expect(account).to.include({
      sent: 0,
      accepted: 0,
      command: `rollproof export ${directory} --to influx`,
    });
    expect(account?.missing).to.equal(account?.recorded);
    expect(out).to.include(`rollproof export ${directory} --to influx`);
    expect(err).to.match(/^warning: InfluxDB at .* cannot be reached: .*ECONNREFUSED/m);
    const log = await readFile(join(directory, 'log.ndjson'), 'utf8');
    expect(log).to.match(/"level":40.*cannot be reached/);
    expect(await readFile(join(directory, 'report.html'), 'utf8')).to.include('not there yet');

    const early = await cli(['export', directory, '--to', 'influx', '--wait', '100ms'], {
      env: { INFLUX_TOKEN: fake.token },
    });
    expect(early.exitCode).to.equal(5);
    expect(early.err).to.match(
      /could not be sent: .*cannot be reached.*\n.*same command.*\n\(export-incomplete/,
    );

    await fake.start();
    // Where to is known from the run; the token is not.
    const unnamed = await cli(['export', directory, '--to', 'influx']);
    expect(unnamed.err).to.match(/has no token \(INFLUX_TOKEN\)/);
    const later = await cli(['export', directory, '--to', 'influx'], {
      env: { INFLUX_TOKEN: fake.token },
    });
    expect(later.exitCode, later.err).to.equal(0);
    const recorded = await expectRecorded(join(directory, 'run.duckdb'));
    expect(recorded).to.equal(account?.recorded);
    const report = await cli(['report', directory, '--format', 'json']);
    expect((JSON.parse(report.out) as VerdictFile).export).to.include({
      missing: 0,
      command: null,
    });

    const content = contentOf(points());
    const again = await cli(['export', directory, '--to', 'influx', '--again'], { env: env() });
    expect(again.exitCode).to.equal(0);
    expect(contentOf(points())).to.deep.equal(content);
    for (const name of await readdir(directory)) {
      const bytes = await readFile(join(directory, name));
      expect(bytes.includes(fake.token), name).to.equal(false);
    }
    expect(out + err + early.err + later.out + later.err).not.to.include(fake.token);
  });

  it('keeps what was recorded until a kill -9, and export sends it', async () => {
    verifier = await startVerifier(scenario(url, '{}', 'wait: { for: 60s }'), { env: env() });
    const { child } = verifier;
    while (points().length < 200 && child.exitCode === null) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    child.kill('SIGKILL');
    await verifier.exited;
    const directory = await verifier.directory();
    const sent = await cli(['export', directory, '--to', 'influx'], { env: env() });
    expect(sent.exitCode, sent.err).to.equal(0);
    expect(await expectRecorded(join(directory, 'run.duckdb'))).to.be.at.least(200);
  });

  it('goes on after a kill -9 of the export itself: nothing is missing, nothing is there twice', async () => {
    const run = madeRun(1100);
    const directory = await mkdtemp(join(tmpdir(), 'rollproof-exported-'));
    await recordRun(join(directory, 'run.duckdb'), run);
    // Small requests, so that there are many, the twentieth of which is never answered.
    fake.maxBytes = 20_000;
    fake.interfere = (nth) => (nth >= 20 ? new Promise<void>(() => undefined) : null);
    const child = spawn(process.execPath, [MAIN, 'export', directory, '--to', 'influx'], {
      env: { ...process.env, ...env() },
      stdio: 'ignore',
    });
    const exited = once(child, 'exit');
    while (fake.requests.length < 21 && child.exitCode === null) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    child.kill('SIGKILL');
    await exited;
    expect(points().length).to.be.greaterThan(100);
    fake.interfere = () => null;
    const sent = await cli(['export', directory, '--to', 'influx'], { env: env() });
    await rm(directory, { recursive: true });
    expect(sent.exitCode, sent.err).to.equal(0);
    expect(contentOf(points())).to.deep.equal(contentOf(expectedPoints(run)));
  });

  it('ends before anything is upgraded where a store is required that cannot be written to', async () => {
    const touched = join(tmpdir(), `rollproof-touched-${String(process.pid)}`);
    const token = '{ token: "not-the-token", required: true }';
    verifier = await startVerifier(scenario(url, token, `command: [touch, ${touched}]`), {
      env: { ...env(), INFLUX_TOKEN: '' },
    });
    const { code } = await verifier.exited;
    const { out, err } = verifier.output();
    expect(code).to.equal(5);
    expect(err).to.match(/answered 401: unauthorized access .*\n.*\n\(store-unwritable, exit 5/);
    expect(out + err).not.to.include('not-the-token');
    expect(await access(touched).catch(() => 'untouched')).to.equal('untouched');
    expect(await readdir(verifier.folder)).to.deep.equal(['scenario.yaml']);
  });

  it('names every setting that is missing', async () => {
    verifier = await startVerifier(scenario(url, '{ url: "http://127.0.0.1:1" }'), {
      env: { INFLUX_ORG: '', INFLUX_BUCKET: '', INFLUX_TOKEN: '' },
    });
    expect((await verifier.exited).code).to.equal(5);
    expect(verifier.output().err).to.match(
      /no org \(INFLUX_ORG\), bucket \(INFLUX_BUCKET\), token \(INFLUX_TOKEN\)\n.*\n\(store-config/,
    );
  });

  it('is tried out by rollproof check: a warning, or an error where it is required', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rollproof-check-'));
    const path = join(folder, 'scenario.yaml');
    await writeFile(path, scenario(url, '{}'));
    const good = await cli(['check', path], { env: env() });
    expect(good.out, good.err).to.include(`ok  store: InfluxDB at ${fake.url}, bucket ${BUCKET}\n`);
    const gone = { ...env(), INFLUX_BUCKET: 'other' };
    const warned = await cli(['check', path], { env: gone });
    expect(warned.exitCode).to.equal(0);
    expect(warned.out).to.match(/warning {2}store: .* answered 404: bucket "other" not found/);
    await writeFile(path, scenario(url, '{ required: true }'));
    expect((await cli(['check', path], { env: gone })).exitCode).to.equal(5);
    await rm(folder, { recursive: true });
    expect(fake.requests, 'nothing was written').to.deep.equal([]);
  });

  it('refuses a run that is not there, and a sink that it does not know', async () => {
    const none = await cli(['export', '/nowhere', '--to', 'influx'], { env: env() });
    expect([none.exitCode, none.err]).to.satisfy(
      ([code, err]: [number, string]) => code === 5 && err.includes('(run-directory'),
    );
    expect((await cli(['export', '/nowhere', '--to', 'paper'])).exitCode).to.equal(3);
    expect((await cli(['export', '/nowhere'])).exitCode).to.equal(3);
  });
});
