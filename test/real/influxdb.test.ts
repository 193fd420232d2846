import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { BUCKET } from '../recorder/influx/fake-influx.ts';
import type { StoredPoint } from '../recorder/influx/line-parser.ts';
import { expectedPoints, madeRun, openExport, recordRun } from '../recorder/influx/recorded-run.ts';
import { META } from '../recorder/recorded.ts';
import { dashboardQueries, documentedQueries, filledIn } from './fixtures/dashboards.ts';
import { skipWithout } from './fixtures/skip-without.ts';
import { missingStore, type StoreProcess, startInfluxDb } from './fixtures/store-process.ts';

const NEVER = new AbortController().signal;

/** A front that takes the write path of InfluxDB 2 to that of 1.x: what is behind it, parser and engine, is InfluxDB's own. */
async function startFront(behind: string): Promise<Server> {
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const from = new URL(request.url ?? '', behind);
      const query = new URLSearchParams({
        db: from.searchParams.get('bucket') ?? '',
        precision: from.searchParams.get('precision') ?? '',
      });
      const answer = await fetch(`${behind}/write?${query.toString()}`, {
        method: 'POST',
        headers: { 'content-encoding': request.headers['content-encoding'] ?? 'identity' },
        body: Buffer.concat(chunks),
      });
      const text = await answer.text();
      response.writeHead(answer.status, { 'content-type': 'application/json' });
      response.end(answer.status === 204 ? undefined : JSON.stringify({ message: text }));
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/** A point as InfluxQL prints it, by columns: `probe=vm`, `seq=5`; what is empty is left out. */
function shown({ tags, fields, time }: StoredPoint): string {
  const values = Object.entries(fields).map(([field, text]) => {
    const value = text.startsWith('"')
      ? text.slice(1, -1).replace(/\\(["\\])/g, '$1')
      : text === 't'
        ? 'true'
        : text.replace(/i$/, '');
    return `${field}=${value}`;
  });
  return [
    time,
    ...[...Object.entries(tags).map(([key, value]) => `${key}=${value}`), ...values].sort(),
  ].join(' | ');
}

describe('a real InfluxDB (1.6, behind the write path of 2)', () => {
  let store: StoreProcess | null = null;
  let front: Server | null = null;
  let folder = '';
  let path = '';
  const run = madeRun(1100);
  const expected = expectedPoints(run);

  before(async function () {
    skipWithout(this, missingStore('influxd'));
    folder = mkdtempSync(join(tmpdir(), 'rollproof-real-export-'));
    path = join(folder, 'run.duckdb');
    await recordRun(path, run);
  });
  beforeEach(async () => {
    store = await startInfluxDb();
    front = await startFront(store.url);
    await query(`CREATE DATABASE ${BUCKET}`);
  });
  afterEach(async () => {
    front?.closeAllConnections();
    front?.close();
    await store?.stop();
    store = null;
  });
  after(() => {
    if (folder !== '') rmSync(folder, { recursive: true, force: true });
  });

  type Series = {
    readonly columns: readonly string[];
    readonly values: readonly (readonly (string | number | boolean | null)[])[];
  };

  /** Times come as texts, because a double does not hold them. */
  async function query(q: string): Promise<readonly Series[]> {
    const body = new URLSearchParams({ q, db: BUCKET, epoch: 'ns' });
    const answer = await fetch(`${store?.url ?? ''}/query`, { method: 'POST', body });
    const text = (await answer.text()).replace(/\[(\d{19})/g, '["$1"');
    const { results } = JSON.parse(text) as {
      results: readonly { readonly series?: readonly Series[]; readonly error?: string }[];
    };
    const [{ series = [], error } = {}] = results;
    if (error !== undefined) throw new Error(`${q}: ${error}`);
    return series;
  }

  async function heldIn(measurement: string): Promise<string[]> {
    const [series] = await query(`SELECT * FROM ${measurement}`);
    return (series?.values ?? [])
      .map(([time, ...values]) => {
        const columns = series?.columns.slice(1) ?? [];
        const pairs = columns.flatMap((column, at) =>
          values[at] === null ? [] : [`${column}=${String(values[at])}`],
        );
        return [String(time), ...pairs.sort()].join(' | ');
      })
      .sort();
  }

  async function exportAll(
    again: boolean,
  ): Promise<{ accepted: number; recorded: number; refused: number }> {
    const address = front?.address() as AddressInfo | undefined;
    const url = `http://127.0.0.1:${String(address?.port)}`;
    const opened = await openExport(path, { url, org: 'ops', token: 'any' });
    if (again) await opened.exporter.restart();
    await opened.exporter.send(NEVER);
    const account = await opened.exporter.account();
    await opened.close();
    return account;
  }

  const wanted = (measurement: string) =>
    expected
      .filter((point) => point.measurement === measurement)
      .map(shown)
      .sort();

  it('holds exactly the recorded points, to the ns, and the same after everything is sent again', async () => {
    for (const again of [true, true]) {
      const { accepted, recorded } = await exportAll(again);
      expect(accepted).to.equal(recorded);
      for (const measurement of ['rollproof_attempt', 'rollproof_event']) {
        expect(await heldIn(measurement), measurement).to.deep.equal(wanted(measurement));
      }
    }
  });

  it('answers every query of the dashboard, and those of the documentation', async () => {
    await exportAll(true);
    const { wallNs } = META.anchor;
    const values = {
      run: META.plan.run,
      probe: '.*',
      __interval: '2s',
      timeFilter: `time >= ${String(wallNs)} AND time <= ${String(wallNs + 9_000_000_000n)}`,
    };
    const { panels, annotations, variables } = dashboardQueries('rollproof-run-influxdb');
    const queries = [...panels, ...annotations, ...variables, ...documentedQueries('influxql')];
    expect(queries).to.have.length.greaterThan(15);
    for (const { where, query: text } of queries) {
      const found = await query(filledIn(text, values));
      expect(
        found.flatMap((series) => series.values),
        where,
      ).not.to.deep.equal([]);
    }
  });

  it('refuses a field of another type: what is refused is told, what is accepted is there', async () => {
    const line = `rollproof_event,run=x duration_ns=0.5 ${String(expected[0]?.time)}`;
    await fetch(`${store?.url ?? ''}/write?db=${BUCKET}&precision=ns`, {
      method: 'POST',
      body: line,
    });
    const { accepted, recorded, refused } = await exportAll(true);
    const withIt = expected.filter(({ fields }) => 'duration_ns' in fields).length;
    expect(withIt).to.be.greaterThan(0);
    expect(refused).to.equal(withIt);
    expect(accepted).to.equal(recorded - withIt);
    const held = [...(await heldIn('rollproof_attempt')), ...(await heldIn('rollproof_event'))];
    expect(held.length - 1).to.equal(accepted);
  });
});
