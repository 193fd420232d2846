import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

describe('bin/rollproof.js', () => {
  it('exits 5 and says what to do when it cannot be loaded: never 1, an objective failed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rollproof-bin-'));
    const bin = join(folder, 'bin', 'rollproof.js');
    cpSync(fileURLToPath(new URL('../../bin/', import.meta.url)), join(folder, 'bin'), {
      recursive: true,
    });
    const [code, said] = await new Promise<[number | null, string]>((resolve) => {
      const child = execFile(process.execPath, [bin, 'run', 'x.yaml'], (_, __, stderr) => {
        resolve([child.exitCode, stderr]);
      });
    });
    rmSync(folder, { recursive: true });
    expect(code).to.equal(5);
    expect(said).to.match(/rollproof cannot start: .*\nhint: run `npm ci`/);
  });

  it('has a pool of threads in which a lookup of a name need not wait', async function () {
    if (process.platform !== 'linux') this.skip();
    const bin = fileURLToPath(new URL('../../bin/rollproof.js', import.meta.url));
    const count = fileURLToPath(new URL('fixtures/count-threads.cjs', import.meta.url));
    const said = await new Promise<string>((resolve) => {
      execFile(process.execPath, ['--require', count, bin, '--version'], (_, __, stderr) => {
        resolve(stderr);
      });
    });
    expect(Number(/threads (\d+)/.exec(said)?.[1])).to.be.at.least(64);
  });
});
