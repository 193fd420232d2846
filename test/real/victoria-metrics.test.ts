import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { StoredPoint } from '../recorder/influx/line-parser.ts';
import { expectedPoints, madeRun, openExport, recordRun } from '../recorder/influx/recorded-run.ts';
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

describe('a real VictoriaMetrics', () => {
  let store: StoreProcess | null = null;
  let folder = '';
  let path = '';
  const run = madeRun(4000);
  const expected = asHeld(expectedPoints(run));

  before(async function () {
    const why = missingStore('victoria-metrics');
    if (why !== null) {
      if (process.env['CI']) throw new Error(why);
      console.log(`    skipped: ${why}`);
      this.skip();
    }
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
    const found = await exported(store.url);
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
    expect(samples((await exported(store.url)).texts)).to.deep.equal(samples(expected.texts));
  });
});
