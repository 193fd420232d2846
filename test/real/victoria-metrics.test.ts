import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createAnalysis } from '../../src/analysis/analysis.ts';
import { createRunMetrics } from '../../src/live/metrics/run-metrics.ts';
import { openScrapeServer } from '../../src/live/metrics/scrape-server.ts';
import { batchOf } from '../../src/model/sample-batch.ts';
import type { StoredPoint } from '../recorder/influx/line-parser.ts';
import { expectedPoints, madeRun, openExport, recordRun } from '../recorder/influx/recorded-run.ts';
import { event, META, sample } from '../recorder/recorded.ts';
import { dashboardQueries, documentedQueries, filledIn } from './fixtures/dashboards.ts';
import { until } from './fixtures/programs.ts';
import { skipWithout } from './fixtures/skip-without.ts';
import { missingStore, type StoreProcess, startVictoriaMetrics } from './fixtures/store-process.ts';

const NEVER = new AbortController().signal;

/** One number of a series at a time, as VictoriaMetrics holds it: ms, and floats. */
type Held = {
  readonly count: number;
  readonly checksum: string;
  readonly texts: readonly string[];
};

function held(texts: readonly string[]): Held {
  const sorted = texts.toSorted();
  const checksum = createHash('sha256').update(sorted.join('\n')).digest('hex');
  return { count: sorted.length, checksum, texts: sorted };
}

/** Points → what VictoriaMetrics makes of them: a series a field; times to the ms; true is 1; a text is 0. */
function asHeld(points: readonly StoredPoint[]): Held {
  return held(
    points.flatMap(({ measurement, tags, fields, time }) => {
      const labels = JSON.stringify(Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1)));
      const ms = BigInt(time) / 1_000_000n;
      return Object.entries(fields).map(([field, text]) => {
        const value = text.startsWith('"') ? 0 : text === 't' ? 1 : Number.parseInt(text, 10);
        return `${measurement}_${field} ${labels} ${String(ms)} ${String(value)}`;
      });
    }),
  );
}

/** Everything the store holds, once there is enough of it: on a busy machine new series are found some while after they were written. */
async function exportedAll(url: string, enough: (found: Held) => boolean): Promise<Held> {
  let found = await exported(url);
  await until('enough values are found', 30, async () => {
    found = await exported(url);
    return enough(found);
  }).catch(() => undefined);
  return found;
}

async function exported(url: string): Promise<Held> {
  await fetch(`${url}/internal/force_flush`);
  const query = new URLSearchParams({ 'match[]': '{__name__=~"rollproof_.*"}', start: '0' });
  const body = await (await fetch(`${url}/api/v1/export?${query.toString()}`)).text();
  const texts = body
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => {
      const { metric, values, timestamps } = JSON.parse(line) as {
        metric: Record<string, string>;
        values: number[];
        timestamps: number[];
      };
      const { __name__: name, ...tags } = metric;
      const labels = JSON.stringify(Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1)));
      return values.map(
        (value, at) => `${String(name)} ${labels} ${String(timestamps[at])} ${String(value)}`,
      );
    });
  return held(texts);
}

type Answer = { readonly data: { readonly result: readonly unknown[] } };

/** Series that a query gives from `start` to `end`, s; throws what the store says against it. */
async function seriesOf(
  url: string,
  query: string,
  start: number,
  end: number,
): Promise<readonly unknown[]> {
  const range = { query, start: String(start), end: String(end), step: '1s', nocache: '1' };
  const answer = await fetch(`${url}/api/v1/query_range?${new URLSearchParams(range).toString()}`);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${query}: ${text}`);
  return (JSON.parse(text) as Answer).data.result;
}

/** Values of a variable: `label_values(METRIC, LABEL)`, as Grafana asks for them. */
async function labelValues(url: string, query: string): Promise<readonly string[]> {
  const [, metric = '', label = ''] = /^label_values\((.*), (\w+)\)$/.exec(query) ?? [];
  const search = new URLSearchParams({ 'match[]': metric, start: '0' });
  const answer = await fetch(`${url}/api/v1/label/${label}/values?${search.toString()}`);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${query}: ${text}`);
  return (JSON.parse(text) as { readonly data: readonly string[] }).data;
}

describe('a real VictoriaMetrics', () => {
  let store: StoreProcess | null = null;
  let folder = '';
  let path = '';
  const run = madeRun(4000);
  const expected = asHeld(expectedPoints(run));

  before(async function () {
    skipWithout(this, missingStore('victoria-metrics'));
    folder = mkdtempSync(join(tmpdir(), 'rollproof-real-export-'));
    path = join(folder, 'run.duckdb');
    await recordRun(path, run);
  });
  afterEach(async () => {
    await store?.stop();
    store = null;
  });
  after(() => {
    if (folder !== '') rmSync(folder, { recursive: true, force: true });
  });

  async function exportTo(url: string, again = false): Promise<void> {
    const opened = await openExport(path, { url, org: 'ops', token: 'any' }, undefined, 10_000);
    if (again) await opened.exporter.restart();
    expect(await opened.exporter.send(NEVER)).to.equal('done');
    const account = await opened.exporter.account();
    expect(account.accepted).to.equal(account.recorded);
    await opened.close();
  }

  it('holds exactly the recorded points, by count and by the checksum of all values', async () => {
    store = await startVictoriaMetrics();
    await exportTo(store.url);
    const found = await exportedAll(store.url, ({ count }) => count >= expected.count);
    expect(found.count).to.equal(expected.count);
    expect(found.texts).to.deep.equal(expected.texts);
    expect(found.checksum).to.equal(expected.checksum);
  });

  it('holds each once after everything was sent twice, where it removes what is the same within a ms', async () => {
    store = await startVictoriaMetrics({ args: ['-dedup.minScrapeInterval=1ms'] });
    await exportTo(store.url);
    await exportTo(store.url, true);
    const samples = (texts: readonly string[]) =>
      texts.filter((text) => text.startsWith('rollproof_attempt_'));
    const wanted = samples(expected.texts);
    const found = await exportedAll(
      store.url,
      ({ texts }) => samples(texts).length >= wanted.length,
    );
    expect(samples(found.texts)).to.deep.equal(wanted);
  });

  it('answers every query of the dashboard of a run, and those of the documentation', async () => {
    store = await startVictoriaMetrics();
    const { url } = store;
    await exportTo(url);
    await fetch(`${url}/internal/force_flush`);
    const from = Number(META.anchor.wallNs / 1_000_000_000n);
    const values = {
      run: META.plan.run,
      probe: '.*',
      __interval: '2s',
      __range: '9s',
    };
    const { panels, annotations, variables } = dashboardQueries('rollproof-run-victoriametrics');
    const queries = [...panels, ...annotations, ...documentedQueries('metricsql')];
    expect(queries).to.have.length.greaterThan(15);
    for (const { where, query } of queries) {
      const found = await seriesOf(url, filledIn(query, values), from, from + 9);
      expect(found, where).not.to.deep.equal([]);
    }
    for (const { where, query } of variables) {
      const found = await labelValues(url, filledIn(query, values));
      expect(found, where).to.include(where === 'run' ? META.plan.run : 'vm');
    }
  });

  it('scrapes a run that is under way, and answers every query of its dashboard', async () => {
    const { plan } = META;
    const analysis = createAnalysis(plan);
    let seconds = 0;
    const metrics = createRunMetrics(plan, '1.2.3', () => ({
      elapsedNs: seconds * 1e9,
      snapshot: analysis.snapshot(seconds * 1e9),
    }));
    const scrapes = await openScrapeServer({ host: '127.0.0.1', port: 0 });
    scrapes.serve(metrics);
    store = await startVictoriaMetrics({ scrape: [new URL(scrapes.url).host] });
    const { url } = store;
    const begin = Date.now() / 1000 - 1;
    try {
      for (const writer of [analysis, metrics]) {
        writer.event(
          event({
            kind: 'phase',
            what: 'start',
            subject: { kind: 'phase', name: 'upgrade', uid: null },
          }),
        );
        writer.event(
          event({
            kind: 'step',
            what: 'start',
            subject: { kind: 'step', name: 'roll', uid: null },
            detail: { index: 0 },
          }),
        );
        writer.event(
          event({
            kind: 'workload',
            what: 'ready',
            probe: 'pods',
            subject: { kind: 'Deployment', name: 'keystone-api', uid: 'u' },
            detail: { ready: 2, desired: 3, floor: 3, restarts: 0 },
          }),
        );
      }
      const queries = dashboardQueries('rollproof-live');
      const all = [...queries.panels, ...queries.annotations];
      const values = { probe: '.*', __rate_interval: '30s' };
      let waiting = [...all];
      await until('all queries have an answer', 60, async () => {
        // A second of samples, one of them lost, for each round.
        for (const writer of [analysis, metrics]) {
          writer.samples(
            batchOf(
              'vm',
              Array.from({ length: 50 }, (_, nth) => {
                const seq = seconds * 50 + nth;
                const lost = { outcome: 'lost', reason: 'timeout', latency: null } as const;
                return sample({ seq, due: seq * 20_000_000, ...(nth > 40 ? lost : {}) });
              }),
            ),
          );
        }
        seconds++;
        await fetch(`${url}/internal/force_flush`);
        const now = Date.now() / 1000;
        const empty: typeof waiting = [];
        for (const one of waiting) {
          const found = await seriesOf(url, filledIn(one.query, values), begin, now);
          if (found.length === 0) empty.push(one);
        }
        waiting = empty;
        return waiting.length === 0;
      });
      for (const { where, query } of queries.variables) {
        expect(await labelValues(url, query), where).to.include('vm');
      }
    } finally {
      await scrapes.close();
    }
  });
});
