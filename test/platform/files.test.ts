import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { makeDirectory } from '../../src/platform/files.ts';

describe('makeDirectory', () => {
  it('tells only one of several that it made the folder, also when the one above is missing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rollproof-files-'));
    try {
      for (let turn = 0; turn < 100; turn++) {
        const path = join(folder, String(turn), 'runs', 'run');
        const made = await Promise.all([1, 2, 3, 4].map(() => makeDirectory(path)));
        expect(made.filter(Boolean)).to.have.length(1);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('gives up below /proc, where nothing can be made', async function () {
    if (process.platform !== 'linux') this.skip();
    const error = await makeDirectory('/proc/rollproof').catch((reason: unknown) => reason);
    expect(error).to.have.property('code', 'ENOENT');
  });
});
