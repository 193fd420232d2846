import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { openRunFile } from '../../src/recorder/run-file.ts';
import { META, readAll, scratch } from './recorded.ts';

const CHILD = fileURLToPath(new URL('fixtures/recording-child.ts', import.meta.url));

/** Lets a child record, kills it -9 some while after its nth confirmation; resolves with the last one. */
async function recordAndKill(path: string, burst: number, confirmations: number, laterMs: number) {
  const args = ['--import', './test/loader.mjs', CHILD, path, String(burst)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let confirmed = 0;
  let count = 0;
  const exited = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout })) {
    confirmed = Number(line);
    if (Number.isNaN(confirmed)) child.kill('SIGKILL');
    if (++count === confirmations) setTimeout(() => child.kill('SIGKILL'), laterMs);
  }
  await exited;
  return confirmed;
}

describe('run file of a verifier that was killed (kill -9)', () => {
  const folder = scratch();

  for (const [round, { burst, confirmations }] of [
    { burst: 1000, confirmations: 1 },
    { burst: 7000, confirmations: 5 },
    { burst: 100, confirmations: 40 },
    { burst: 20_000, confirmations: 18 },
  ].entries()) {
    it(`has every row confirmed before it (bursts of ${String(burst)})`, async () => {
      const path = join(folder(), 'run.duckdb');
      const laterMs = Math.random() * 60;
      const confirmed = await recordAndKill(path, burst, confirmations, laterMs);
      expect(confirmed, `round ${String(round)}, ${String(laterMs)} ms`).to.be.at.least(
        burst * confirmations,
      );

      const reader = await openRunFile(path);
      const { samples, events } = await readAll(reader);
      reader.close();
      expect(reader.meta).to.deep.equal({ ...META, ended: null });
      expect(samples.length).to.be.at.least(confirmed);
      const wrong = samples.findIndex(
        (one, at) => one.seq !== at || one.detail?.startsWith(`attempt ${String(at)} `) !== true,
      );
      expect(wrong, 'first wrong row').to.equal(-1);
      const marks = events.filter(({ at }) => at <= confirmed);
      expect(marks).to.have.lengthOf(confirmed / Math.max(burst, 100));
    });
  }

  it('is read without changing what is on disk, and again after that', async () => {
    const path = join(folder(), 'run.duckdb');
    const confirmed = await recordAndKill(path, 1000, 3, 0);
    expect(existsSync(`${path}.wal`), 'a log was left').to.equal(true);
    chmodSync(path, 0o444);
    chmodSync(`${path}.wal`, 0o444);
    for (const time of ['first', 'second']) {
      const reader = await openRunFile(path);
      expect((await readAll(reader)).samples.length, time).to.be.at.least(confirmed);
      reader.close();
      expect(existsSync(`${path}.wal`), 'the log is still there').to.equal(true);
    }
  });
});
