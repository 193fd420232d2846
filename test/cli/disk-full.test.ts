import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { VerdictFile } from '../../src/model/verdict-file.ts';
import { sleep } from '../../src/platform/timers.ts';
import { type FakeKeystone, fakeKeystone, PASSWORD } from '../probes/keystone/fake-keystone.ts';
import { cli } from './in-process.ts';
import { startVerifier, type Verifier } from './verifier.ts';

const MIB = 2 ** 20;

function scenario(url: string): string {
  const auth = `{ url: "${url}", username: probe, password: "\${TEST_PASSWORD}", projectName: p }`;
  return [
    'version: 1',
    'name: test',
    'probes:',
    `  keystone: { keystone: { auth: ${auth}, rate: 40/s, timeout: 2s, operations: [issue], connections: [new] } }`,
    'baseline: 2s',
    'upgrade: [{ wait: { for: 10m } }]',
    'settle: 1s',
    'objectives: [keystone.failed == 0]',
    '',
  ].join('\n');
}

/** A disk of 120 MiB, so that little is free from the start. */
function mountDisk(at: string): boolean {
  mkdirSync(at);
  return spawnSync('/usr/bin/mount', ['-t', 'tmpfs', '-o', 'size=120m', 'tmpfs', at]).status === 0;
}

describe('a run whose disk fills up', function () {
  this.timeout(120_000);
  let keystone: FakeKeystone;
  let verifier: Verifier | null = null;
  let folder = '';
  let disk = '';
  before(async function () {
    folder = mkdtempSync(join(tmpdir(), 'rollproof-disk-'));
    disk = join(folder, 'disk');
    if (!mountDisk(disk)) {
      if (process.env['CI']) throw new Error('cannot mount a small disk: root is needed');
      console.log('      skipped: mounting a small disk needs root');
      this.skip();
    }
    keystone = await fakeKeystone();
  });
  after(async () => {
    spawnSync('/usr/bin/umount', [disk]);
    rmSync(folder, { recursive: true, force: true });
    await keystone.close();
  });
  afterEach(async () => {
    await verifier?.remove();
    verifier = null;
    rmSync(join(disk, 'filler'), { force: true });
  });

  const fill = (bytes: number) => {
    spawnSync('/usr/bin/dd', [
      'if=/dev/zero',
      `of=${join(disk, 'filler')}`,
      'bs=1M',
      `count=${String(bytes / MIB)}`,
    ]);
  };

  async function start(out: string): Promise<Verifier> {
    verifier = await startVerifier(scenario(keystone.url), {
      args: ['--out', join(disk, out)],
      env: { TEST_PASSWORD: PASSWORD },
    });
    return verifier;
  }

  /** The run's directory, which is its last line on stdout. */
  const directoryOf = (run: Verifier) => run.output().out.trimEnd().split('\n').at(-1) ?? '';

  async function reported(directory: string): Promise<VerdictFile> {
    const { exitCode, out, err } = await cli(['report', directory, '--format', 'json']);
    expect(exitCode, err).to.equal(0);
    return JSON.parse(out) as VerdictFile;
  }

  it('warns early, ends in order before there is no room, and loses nothing: exit code 5 with the reason', async () => {
    const run = await start('nearly');
    await run.says(/WARNING: the disk of the run is nearly full/);
    fill(70 * MIB);
    const { code } = await run.exited;
    expect(code, run.output().err).to.equal(5);
    const directory = directoryOf(run);
    const verdict = JSON.parse(
      await readFile(join(directory, 'verdict.json'), 'utf8'),
    ) as VerdictFile;
    expect([verdict.verdict, verdict.exitCode]).to.deep.equal(['error', 5]);
    expect(run.output().out).to.match(/ERROR \(exit code 5\).*the disk is\s+full/s);
    const log = await readFile(join(directory, 'log.ndjson'), 'utf8');
    expect(log)
      .to.match(/nearly full/)
      .and.match(/"code":"run-directory".*the disk is full/);
    // What was seen is what was recorded.
    const { probes, exitCode } = await reported(directory);
    expect(exitCode).to.equal(5);
    expect(probes).to.deep.equal(verdict.probes);
    expect(probes[0]?.targets[0]?.ok).to.be.greaterThan(0);
  });

  it('has everything recorded before, when the disk is full at once', async () => {
    const run = await start('full');
    await run.says(/WARNING/);
    // Some seconds of samples lie between.
    await sleep(2000);
    fill(200 * MIB);
    const { code } = await run.exited;
    expect(code, run.output().err).to.equal(5);
    expect(run.output().out).to.match(/no space left|disk is full/i);
    rmSync(join(disk, 'filler'));
    const { probes } = await reported(directoryOf(run));
    const [target] = probes[0]?.targets ?? [];
    // At 40 a second: all but those of the last second.
    expect(target?.ok).to.be.greaterThan(50);
  });

  it('is not begun on a disk that is full', async () => {
    fill(80 * MIB);
    const run = await start('none');
    const { code } = await run.exited;
    expect(code).to.equal(5);
    expect(run.output().err)
      .to.match(/the disk is full/)
      .and.match(/hint: make room/);
  });
});
