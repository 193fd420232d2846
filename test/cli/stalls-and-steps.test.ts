import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { VerdictFile } from '../../src/model/verdict-file.ts';
import { sleep } from '../../src/platform/timers.ts';
import { openRunFile } from '../../src/recorder/run-file.ts';
import { type FakeKeystone, fakeKeystone, PASSWORD } from '../probes/keystone/fake-keystone.ts';
import { readAll } from '../recorder/recorded.ts';
import { cli } from './in-process.ts';
import { startVerifier, type Verifier } from './verifier.ts';

const HOUR_MS = 3_600_000;
const INTERVAL_MS = 25;

function scenario(url: string): string {
  const auth = `{ url: "${url}", username: probe, password: "\${TEST_PASSWORD}", projectName: p }`;
  return [
    'version: 1',
    'name: test',
    'probes:',
    `  keystone: { keystone: { auth: ${auth}, rate: 40/s, timeout: 2s, operations: [issue], connections: [new] } }`,
    'baseline: 500ms',
    'settle: 500ms',
    'objectives: [keystone.failed == 0]',
    '',
  ].join('\n');
}

describe('a verifier that stands still, or whose wall clock is set', function () {
  this.timeout(60_000);
  let keystone: FakeKeystone;
  let verifier: Verifier | null = null;
  let folder = '';
  before(async () => {
    keystone = await fakeKeystone();
    folder = await mkdtemp(join(tmpdir(), 'rollproof-steps-'));
  });
  after(async () => {
    await keystone.close();
    await rm(folder, { recursive: true });
  });
  afterEach(async () => {
    await verifier?.remove();
    verifier = null;
  });

  async function start(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    verifier = await startVerifier(scenario(keystone.url), {
      args: ['--', ...args],
      env: { TEST_PASSWORD: PASSWORD, ...env },
    });
    return verifier;
  }

  async function verdictOf(run: Verifier): Promise<VerdictFile> {
    const text = await readFile(join(await run.directory(), 'verdict.json'), 'utf8');
    return JSON.parse(text) as VerdictFile;
  }

  it('is blind for as long as it was stopped (SIGSTOP), and invents nothing', async () => {
    const begun = join(folder, 'begun');
    const run = await start(['sh', '-c', 'touch "$BEGUN"; sleep 6'], { BEGUN: begun });
    while (!existsSync(begun)) await sleep(20);
    const { child } = run;
    child.kill('SIGSTOP');
    const stopped = process.hrtime.bigint();
    await sleep(5000);
    const stoppedMs = Number(process.hrtime.bigint() - stopped) / 1e6;
    child.kill('SIGCONT');
    const { code } = await run.exited;
    expect(code, run.output().err).to.equal(2);
    const verdict = await verdictOf(run);
    expect(verdict.verdict).to.equal('inconclusive');
    const [target] = verdict.probes[0]?.targets ?? [];
    expect(target).to.include({ lost: 0, failed: 0 });
    expect(target?.outages).to.deep.equal([]);
    expect(target?.due).to.equal((target?.ok ?? 0) + (target?.unsent ?? 0));
    // All that was due while it stood still, but for what is sent as it goes on.
    expect(target?.unsent).to.be.at.least(Math.floor(stoppedMs / INTERVAL_MS) - 20);
    const longest = Math.max(
      ...verdict.blind.map(({ start: from, end }) => Date.parse(end) - Date.parse(from)),
    );
    expect(longest).to.be.at.least(stoppedMs - 500);
  });

  for (const byMs of [HOUR_MS, -HOUR_MS]) {
    it(`measures and judges as ever when the wall clock is set by ${String(byMs / HOUR_MS)} h in mid-run`, async () => {
      const preload = new URL('fixtures/step-wall-clock.mjs', import.meta.url).href;
      const stepFile = join(folder, String(byMs));
      const run = await start(['sh', '-c', 'sleep 1; touch "$STEP_FILE"; sleep 2'], {
        NODE_OPTIONS: `--import=${preload}`,
        STEP_BY_MS: String(byMs),
        STEP_FILE: stepFile,
      });
      const { code } = await run.exited;
      // A starved machine may blind the verifier; a clock must not.
      expect([0, 2], run.output().err).to.include(code);
      const verdict = await verdictOf(run);
      const directory = await run.directory();
      const reader = await openRunFile(join(directory, 'run.duckdb'));
      const { samples, events } = await readAll(reader);
      reader.close();

      const steps = events.filter(({ kind }) => kind === 'clock');
      expect(steps, 'the step was noticed').to.have.lengthOf(1);
      expect(Math.abs(Number(steps[0]?.detail['byMs']) - byMs)).to.be.below(1000);

      const ordered = samples.toSorted((a, b) => a.seq - b.seq);
      const first = ordered[0]?.due ?? 0;
      for (const [nth, { seq, due, latency }] of ordered.entries()) {
        expect(seq).to.equal(nth);
        expect(due).to.be.closeTo(first + nth * INTERVAL_MS * 1e6, 2);
        expect(latency ?? 0).to.be.within(0, 2e9);
      }
      const [target] = verdict.probes[0]?.targets ?? [];
      expect(target).to.include({ due: ordered.length, lost: 0, failed: 0 });
      expect(verdict.blind.every(({ cause }) => cause !== 'clock-jump')).to.equal(true);
      const wall = (text: string | null | undefined) => Date.parse(text ?? '');
      const [step] = verdict.steps;
      const took = wall(step?.end) - wall(step?.start);
      expect(took, 'the step lasted as long as it did').to.be.within(2900, 30_000);
      expect(step?.result).to.equal('ok');

      const again = await cli(['report', directory, '--format', 'json']);
      expect(JSON.parse(again.out)).to.deep.equal(verdict);
    });
  }
});
