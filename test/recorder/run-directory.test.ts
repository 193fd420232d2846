import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { CodedError } from '../../src/errors/coded-error.ts';
import { createRunDirectory, openRunDirectory } from '../../src/recorder/run-directory.ts';
import { scratch } from './recorded.ts';

const AT = Date.UTC(2026, 10, 23, 3, 14, 46, 789);

describe('run directory', () => {
  const folder = scratch();

  it('is named after the UTC time and the scenario, and made with the folders above it', async () => {
    const directory = await createRunDirectory(join(folder(), 'a/b'), 'roll keystone/2', AT);
    expect(directory.name).to.equal('2026-11-23T03-14-46Z-roll-keystone-2');
    expect(directory.path).to.equal(join(folder(), 'a/b', directory.name));
    expect(directory.runFile).to.equal(join(directory.path, 'run.duckdb'));
    expect(existsSync(directory.path)).to.equal(true);
  });

  it('is never shared by runs that start in the same second, also not at the same time', async () => {
    const made = await Promise.all(
      Array.from({ length: 8 }, () => createRunDirectory(folder(), 'roll', AT)),
    );
    expect(new Set(made.map(({ path }) => path)).size).to.equal(8);
  });

  it('cannot be led out of its folder by the name of a scenario', async () => {
    for (const name of ['../../etc', '..', '/', '', 'ключ 鍵']) {
      const { path, name: made } = await createRunDirectory(folder(), name, AT);
      expect(path).to.equal(join(folder(), made));
      expect(made).to.match(/^2026-11-23T03-14-46Z-[\p{L}\p{N}][\p{L}\p{N}-]*$/u);
    }
  });

  it('is opened by its own path or by that of its run file', async () => {
    const made = await createRunDirectory(folder(), 'roll', AT);
    writeFileSync(made.runFile, '');
    expect(await openRunDirectory(made.path)).to.deep.equal(made);
    expect(await openRunDirectory(`${made.path}/`)).to.include({ name: made.name });
    expect(await openRunDirectory(made.runFile)).to.deep.equal(made);
  });

  it('says so when a folder is not a run, or cannot be made', async () => {
    mkdirSync(join(folder(), 'empty'));
    writeFileSync(join(folder(), 'file'), '');
    const refused = async (promise: Promise<unknown>) =>
      await promise.then(
        () => 'not refused',
        (error: unknown) =>
          error instanceof CodedError ? `${error.code}: ${error.message}` : error,
      );
    expect(await refused(openRunDirectory(join(folder(), 'empty')))).to.match(
      /^run-directory: .*no run\.duckdb/,
    );
    expect(await refused(openRunDirectory(join(folder(), 'nowhere')))).to.match(/^run-directory: /);
    expect(await refused(createRunDirectory(join(folder(), 'file'), 'roll', AT))).to.match(
      /^run-directory: .*making the run directory/,
    );
  });
});
