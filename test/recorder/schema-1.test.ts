import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import { openRunFile } from '../../src/recorder/run-file.ts';
import { RECORDED } from './fixtures/schema-1/recorded.ts';
import { META, readAll, scratch } from './recorded.ts';

const FIXTURE = new URL('fixtures/schema-1/', import.meta.url);

/** Unpacks a run file and what lies beside it into a folder that nobody may write to; its bytes by file name. */
function unpack(name: 'ended' | 'killed', into: string): ReadonlyMap<string, Buffer> {
  const from = new URL(`${name}/`, FIXTURE);
  mkdirSync(into);
  const files = new Map<string, Buffer>();
  for (const packed of readdirSync(from)) {
    const file = packed.replace(/\.gz$/, '');
    const bytes = gunzipSync(readFileSync(new URL(packed, from)));
    files.set(file, bytes);
    writeFileSync(join(into, file), bytes);
    chmodSync(join(into, file), 0o444);
  }
  chmodSync(into, 0o555);
  return files;
}

describe('a run file of schema version 1', () => {
  const folder = scratch();

  for (const [name, ended] of [
    ['ended', { at: 2_000_000_000, ending: 'complete', why: null }],
    ['killed', null],
  ] as const) {
    it(`is read in whole and left as it is (${name})`, async () => {
      const into = join(folder(), name);
      const files = unpack(name, into);
      const reader = await openRunFile(join(into, 'run.duckdb'));
      const { samples, events } = await readAll(reader);
      reader.close();
      expect(reader.meta).to.deep.equal({ ...META, ended });
      expect(events).to.deep.equal(RECORDED.events);
      for (const probe of ['vm', 'gate'] as const) {
        const read = samples.filter((one) => one.probe === probe);
        const written = RECORDED.samples[probe].map((one) => ({ probe, ...one }));
        expect(read).to.have.deep.members(written);
      }
      expect(samples).to.have.lengthOf(180);
      expect(readdirSync(into)).to.have.members([...files.keys()]);
      for (const [file, bytes] of files)
        expect(readFileSync(join(into, file)).equals(bytes)).to.equal(true);
      chmodSync(into, 0o755);
    });
  }
});
