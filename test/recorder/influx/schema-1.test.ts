import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import { RECORDED } from '../fixtures/schema-1/recorded.ts';
import { META, scratch } from '../recorded.ts';
import { BUCKET, fakeInflux } from './fake-influx.ts';
import { openExport } from './recorded-run.ts';

describe('export of a run file of schema version 1', () => {
  const folder = scratch();

  for (const name of ['ended', 'killed']) {
    it(`sends what it holds (${name})`, async () => {
      const from = new URL(`../fixtures/schema-1/${name}/`, import.meta.url);
      for (const packed of readdirSync(from)) {
        const bytes = gunzipSync(readFileSync(new URL(packed, from)));
        writeFileSync(join(folder(), packed.replace(/\.gz$/, '')), bytes);
      }
      const fake = await fakeInflux();
      const { exporter, close } = await openExport(join(folder(), 'run.duckdb'), fake);
      expect(await exporter.send(new AbortController().signal)).to.equal('done');
      await close();
      await fake.stop();
      const points = [...(fake.buckets.get(BUCKET)?.values() ?? [])];
      const sent = points.flatMap(({ measurement, tags, fields, time }) =>
        measurement === 'rollproof_attempt'
          ? [
              `${String(tags['probe'])} ${String(tags['target'])} ${String(fields['seq'])} ${String(tags['outcome'])} ${time}`,
            ]
          : [],
      );
      const recorded = (['vm', 'gate'] as const).flatMap((probe) =>
        RECORDED.samples[probe].map(({ target, seq, outcome, due }) => {
          const targets = META.plan.probes.find((one) => one.name === probe)?.targets ?? [];
          const time = META.anchor.wallNs + BigInt(Math.round(due));
          return `${probe} ${String(targets[target]?.name)} ${String(seq)}i ${outcome} ${String(time)}`;
        }),
      );
      expect(sent).to.have.members(recorded);
      expect(points.length - sent.length).to.equal(RECORDED.events.length);
    });
  }
});
