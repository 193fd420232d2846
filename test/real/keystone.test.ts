import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { VerdictFile } from '../../src/model/verdict-file.ts';
import {
  missingPackages,
  PASSWORD,
  type RunningSite,
  startKeystoneSite,
} from './fixtures/keystone-site.ts';
import { comeFirst } from './fixtures/programs.ts';
import { pidOf } from './fixtures/replica.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

type Run = {
  readonly exitCode: number;
  readonly verdict: VerdictFile;
  readonly said: string;
  readonly directory: string;
};

/** Neither the password nor a fernet token stands in anything the run has printed or written. */
function expectNoSecret({ said, directory }: Run): void {
  const files = readdirSync(directory);
  expect(files).to.include.members(['run.duckdb', 'log.ndjson', 'report.html']);
  const texts = files.map((name) => readFileSync(join(directory, name), 'latin1'));
  for (const [index, text] of [said, ...texts].entries()) {
    const where = ['what was printed', ...files][index] ?? '';
    for (const secret of [PASSWORD, 'gAAAAA']) expect(text.includes(secret), where).to.equal(false);
  }
}

describe('a real Keystone: two replicas behind HAProxy, replaced one at a time', () => {
  let site: RunningSite | null = null;
  let out: string;

  before(async function () {
    const missing = missingPackages();
    const why =
      missing.length > 0
        ? `needs apt-get install ${missing.join(' ')}`
        : process.getuid?.() === 0
          ? null
          : 'needs root: uwsgi becomes the user keystone';
    if (why !== null) {
      if (process.env['CI']) throw new Error(why);
      console.log(`    skipped: ${why}`);
      this.skip();
    }
    out = mkdtempSync(join(tmpdir(), 'rollproof-real-runs-'));
    site = await startKeystoneSite();
  });
  after(async () => {
    if (site === null) return;
    await site.stop();
    rmSync(out, { recursive: true, force: true });
  });

  /** `rollproof run`, as it is shipped, with the replacing script as the upgrade. */
  async function run(how: 'drain' | 'kill'): Promise<Run> {
    if (site === null) throw new Error('no Keystone');
    const folder = join(out, how);
    const script = [
      'node',
      '--import',
      './test/loader.mjs',
      'test/real/fixtures/replace-replicas.ts',
    ];
    const command = [...script, site.siteFile, how];
    const args = [
      'bin/rollproof.js',
      'run',
      'scenarios/keystone-local.yaml',
      '--out',
      folder,
      '--',
      ...command,
    ];
    const env = {
      ...process.env,
      OS_CLOUD: 'keystone-local',
      KEYSTONE_RATE: '6/s',
      OS_CLIENT_CONFIG_FILE: site.clouds,
    };
    const [exitCode, said] = await new Promise<[number, string]>((resolve) => {
      // It shares two cores with the servers, the script and whatever else runs here: a stalled verifier judges nothing.
      const child = execFile(process.execPath, args, { cwd: root, env }, (_, stdout, stderr) => {
        resolve([child.exitCode ?? -1, `${stdout}${stderr}`]);
      });
      if (child.pid !== undefined) comeFirst(child.pid);
    });
    const [directory] = readdirSync(folder);
    if (directory === undefined) throw new Error(said);
    const file = readFileSync(join(folder, directory, 'verdict.json'), 'utf8');
    const verdict = JSON.parse(file) as VerdictFile;
    return { exitCode, verdict, said, directory: join(folder, directory) };
  }

  const targetsOf = ({ verdict }: Run) => verdict.probes.flatMap(({ targets }) => targets);
  const masters = () => site?.replicas.map((replica) => site && pidOf(site, replica)) ?? [];

  it('passes when each is drained first: nothing failed, nothing was lost', async () => {
    const before = masters();
    const run_ = await run('drain');
    expect(run_.exitCode, run_.said).to.equal(0);
    expect(run_.verdict.verdict).to.equal('pass');
    const targets = targetsOf(run_);
    expect(targets.map(({ name }) => name)).to.deep.equal([
      'issue new',
      'issue reused',
      'validate new',
      'validate reused',
      'validate-old new',
      'validate-old reused',
    ]);
    for (const { ok, due, lost, failed, unsent, outages } of targets) {
      expect(ok).to.be.greaterThan(10);
      expect({ lost, failed, outages }).to.deep.equal({ lost: 0, failed: 0, outages: [] });
      expect(ok + unsent).to.equal(due);
    }
    for (const [index, pid] of masters().entries()) expect(pid).not.to.equal(before[index]);
    expectNoSecret(run_);
  });

  it('fails when they are killed while HAProxy still sends to them, and names the step', async () => {
    const run_ = await run('kill');
    expect(run_.exitCode, run_.said).to.equal(1);
    expectNoSecret(run_);
    expect(run_.verdict.verdict).to.equal('fail');
    const targets = targetsOf(run_);
    expect(targets.reduce((sum, { lost, failed }) => sum + lost + failed, 0)).to.be.greaterThan(0);
    const outages = targets.flatMap((target) => target.outages);
    const duringUpgrade = outages.filter(({ phase }) => phase === 'upgrade');
    expect(duringUpgrade).not.to.have.length(0);
    const [step] = run_.verdict.steps;
    expect(step).to.include({ name: 'run node', result: 'ok' });
    for (const outage of duringUpgrade) expect(outage.step).to.equal('run node');
    const [failed] = run_.verdict.objectives;
    expect(failed).to.include({ text: 'keystone.failed == 0', verdict: 'fail' });
    expect(failed?.why).to.include('in step "run node"');
  });
});
