import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect } from 'chai';
import { EVENT_KINDS } from '../../../src/model/event.ts';
import { scratch } from '../recorded.ts';
import { BUCKET, fakeInflux } from './fake-influx.ts';
import { madeRun, openExport, recordRun } from './recorded-run.ts';

const DOCUMENT = readFileSync(new URL('../../../docs/time-series.md', import.meta.url), 'utf8');

/** `` `a`, `b` `` in the first cell of the tables below a heading → a, b. */
function rowsBelow(heading: string): { readonly names: string[]; readonly type: string }[] {
  const [, section = ''] = DOCUMENT.split(`${heading}\n`);
  const [body = ''] = section.split(/^##/m);
  return [...body.matchAll(/^\| (`[^|]+`) \| ([A-Za-z]+) \|/gm)].map(
    ([, names = '', type = '']) => ({
      names: [...names.matchAll(/`(\w+)`/g)].map(([, name]) => String(name)),
      type,
    }),
  );
}

describe('docs/time-series.md', () => {
  const folder = scratch();

  it('lists every kind of event', () => {
    const [, kinds = ''] = /`kind` \(([^)]+)\)/.exec(DOCUMENT) ?? [];
    const documented = [...kinds.matchAll(/`(\w+)`/g)].map(([, kind]) => kind);
    expect(documented).to.have.members([...EVENT_KINDS]);
  });

  it('lists every field that is sent with its type, and every column of the table of exports', async () => {
    const path = join(folder(), 'run.duckdb');
    await recordRun(path, madeRun(44));
    const fake = await fakeInflux();
    const { exporter, close } = await openExport(path, fake);
    await exporter.send(new AbortController().signal);
    await close();
    await fake.stop();
    const points = [...(fake.buckets.get(BUCKET)?.values() ?? [])];
    for (const measurement of ['rollproof_attempt', 'rollproof_event']) {
      const of = points.filter((point) => point.measurement === measurement);
      const sent = new Set(
        of.flatMap(({ fields }) =>
          Object.entries(fields).map(([name, value]) => {
            const type = value.startsWith('"') ? 'string' : value === 't' ? 'boolean' : 'integer';
            return `${name} ${type}`;
          }),
        ),
      );
      const documented = rowsBelow(`### measurement \`${measurement}\``).flatMap(
        ({ names, type }) =>
          ['string', 'boolean', 'integer'].includes(type)
            ? names.map((name) => `${name} ${type}`)
            : [],
      );
      expect(documented, measurement).to.have.members([...sent]);
      for (const tag of new Set(of.flatMap(({ tags }) => Object.keys(tags)))) {
        const [, section = ''] = DOCUMENT.split(`### measurement \`${measurement}\`\n`);
        expect(section.split(/^##/m)[0], measurement).to.include(`\`${tag}\``);
      }
    }

    const instance = await DuckDBInstance.create(path, { access_mode: 'READ_ONLY' });
    const connection = await instance.connect();
    const columns = await connection.runAndReadAll(
      "SELECT column_name || ' ' || data_type FROM information_schema.columns WHERE table_name = 'exports'",
    );
    connection.closeSync();
    instance.closeSync();
    const documented = rowsBelow('## Table `exports` of the run file').flatMap(({ names, type }) =>
      names.map((name) => `${name} ${type}`),
    );
    expect(documented).to.have.members(columns.getRows().map(([column]) => column));
  });
});
