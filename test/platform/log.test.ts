import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { fileLogger, redactor } from '../../src/platform/log.ts';

describe('the log of a run', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'rollproof-log-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('stays JSON when a secret looks like what stands around the texts', () => {
    const path = join(folder, 'log.ndjson');
    const log = fileLogger(path, redactor(['true', '3600', 'level']), () => undefined);
    log.info({ on: true, count: 3600, deep: { list: ['it is 3600'] } }, 'level true');
    log.flush();
    const line = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    expect(line).to.deep.include({ on: true, count: 3600, deep: { list: ['it is ***'] } });
    expect(line['msg']).to.equal('*** ***');
  });

  it('tells once that the disk is full, and goes on without', function () {
    if (process.platform !== 'linux') this.skip();
    const failures: string[] = [];
    const log = fileLogger('/dev/full', redactor([]), ({ message }) => {
      failures.push(message);
    });
    for (const text of ['one', 'two', 'three']) log.info({}, text);
    log.flush();
    expect(failures).to.have.length(1);
    expect(failures[0]).to.contain('ENOSPC');
  });
});
