import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { VerdictFile } from '../../src/model/verdict-file.ts';
import { sleep } from '../../src/platform/timers.ts';
import { type FakeKeystone, fakeKeystone, PASSWORD } from '../probes/keystone/fake-keystone.ts';
import { cli } from './in-process.ts';
import { startVerifier, type Verifier } from './verifier.ts';

/** Keystone alone, hammered while `upgrade` goes on. */
function scenario(url: string, upgrade: string | null): string {
  const auth = `{ url: "${url}", username: probe, password: "\${TEST_PASSWORD}", projectName: p }`;
  return [
    'version: 1',
    'name: test',
    'probes:',
    `  keystone: { keystone: { auth: ${auth}, rate: 30/s, timeout: 2s, operations: [issue] } }`,
    'baseline: 300ms',
    ...(upgrade === null ? [] : [`upgrade: [${upgrade}]`]),
    'settle: 300ms',
    'objectives: [keystone.failed == 0]',
    '',
  ].join('\n');
}

describe('rollproof run', function () {
  this.timeout(60_000);
  let keystone: FakeKeystone;
  let verifier: Verifier | null = null;
  const env = { TEST_PASSWORD: PASSWORD };
  before(async () => {
    keystone = await fakeKeystone();
  });
  after(async () => {
    await keystone.close();
  });
  afterEach(async () => {
    keystone.answer = undefined;
    await verifier?.remove();
    verifier = null;
  });

  async function verdictOf(run: Verifier): Promise<VerdictFile> {
    const text = await readFile(join(await run.directory(), 'verdict.json'), 'utf8');
    const verdict = JSON.parse(text) as VerdictFile;
    for (const { due, ok, lost, failed, unsent } of verdict.probes.flatMap((p) => p.targets)) {
      expect(due).to.equal(ok + lost + failed + unsent);
    }
    return verdict;
  }

  it('wraps a COMMAND, leaves a whole run behind and prints its path last', async () => {
    const args = ['--', 'sh', '-c', 'echo upgrading; sleep 1'];
    verifier = await startVerifier(scenario(keystone.url, null), { args, env });
    const { code } = await verifier.exited;
    const { out, err } = verifier.output();
    const verdict = await verdictOf(verifier);
    expect(verdict.steps.map(({ kind, result }) => [kind, result])).to.deep.equal([
      ['command', 'ok'],
    ]);
    expect(verdict.probes[0]?.targets[0]?.ok, err).to.be.greaterThan(20);
    // A starved machine may blind the verifier; it must never make it see a loss.
    expect([0, 2]).to.include(code);
    expect(verdict.probes[0]?.targets[0]).to.include({ lost: 0, failed: 0 });
    const directory = await verifier.directory();
    expect(out.trimEnd().split('\n').at(-1)).to.equal(directory);
    expect(await readdir(directory)).to.have.members([
      'junit.xml',
      'log.ndjson',
      'report.html',
      'run.duckdb',
      'scenario.yaml',
      'verdict.json',
    ]);
    expect(await readFile(join(directory, 'log.ndjson'), 'utf8')).to.contain('upgrading');
  });

  it('writes no secret anywhere', async () => {
    const args = ['--', 'sh', '-c', 'echo "the password is $TEST_PASSWORD"; sleep 1'];
    verifier = await startVerifier(scenario(keystone.url, null), { args, env });
    await verifier.exited;
    const { out, err } = verifier.output();
    expect(out + err).not.to.contain(PASSWORD);
    const directory = await verifier.directory();
    for (const name of await readdir(directory)) {
      const bytes = await readFile(join(directory, name));
      expect(bytes.includes(PASSWORD), name).to.equal(false);
    }
    expect(await readFile(join(directory, 'scenario.yaml'), 'utf8')).to.contain('***');
  });

  it('says 1 when Keystone failed during the upgrade, and in which step', async () => {
    const args = ['--', 'sh', '-c', 'sleep 2'];
    verifier = await startVerifier(scenario(keystone.url, null), { args, env });
    let asked = 0;
    keystone.answer = (_, response) => {
      asked++;
      if (asked < 30 || asked > 40) return false;
      response.writeHead(503).end('down');
      return true;
    };
    const { code } = await verifier.exited;
    expect(code, verifier.output().err).to.equal(1);
    const verdict = await verdictOf(verifier);
    const [outage] = verdict.probes[0]?.targets[0]?.outages ?? [];
    expect(outage?.reason).to.equal('http-5xx');
    expect(outage?.step).to.equal(verdict.steps[0]?.name);
  });

  it('says 4 when the upgrade fails, and still lets it settle', async () => {
    verifier = await startVerifier(scenario(keystone.url, null), { args: ['--', 'false'], env });
    const { code } = await verifier.exited;
    expect(code).to.equal(4);
    const verdict = await verdictOf(verifier);
    expect(verdict.verdict).to.equal('error');
    expect(verdict.steps[0]?.result).to.equal('failed');
    expect(verdict.probes[0]?.targets[0]?.latencyMs.settle).not.to.equal(null);
  });

  it('says 5 before anything is upgraded when Keystone refuses the password', async () => {
    keystone.answer = (_, response) => {
      response.writeHead(401).end('{}');
      return true;
    };
    const args = ['--', 'touch', 'upgraded'];
    verifier = await startVerifier(scenario(keystone.url, null), { args, env });
    const { code } = await verifier.exited;
    expect(code).to.equal(5);
    const { err } = verifier.output();
    expect(err).to.contain('keystone-login-failed').and.to.contain('hint:');
    expect(err).not.to.contain(PASSWORD);
  });

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`ends in order at ${signal}: exit code 130 and everything written`, async () => {
      verifier = await startVerifier(scenario(keystone.url, '{ wait: { for: 10m } }'), { env });
      await verifier.says(/upgrade/);
      verifier.child.kill(signal);
      const { code } = await verifier.exited;
      expect(code, verifier.output().err).to.equal(130);
      const verdict = await verdictOf(verifier);
      expect(verdict.verdict).to.equal('interrupted');
      expect(verdict.probes[0]?.targets[0]?.ok).to.be.greaterThan(0);
    });
  }

  it('ends at once at the second SIGINT, even with requests in flight', async () => {
    keystone.answer = (_, response) => {
      // Answers the login of the probe and nothing after it.
      if (keystone.seen.length === 1) return false;
      response.writeHead(200);
      return true;
    };
    keystone.seen.length = 0;
    const slow = scenario(keystone.url, '{ wait: { for: 10m } }').replace(
      'timeout: 2s',
      'timeout: 10m',
    );
    verifier = await startVerifier(slow, { env });
    await verifier.says(/upgrade/);
    verifier.child.kill('SIGINT');
    await verifier.says(/stopping/);
    verifier.child.kill('SIGINT');
    expect((await verifier.exited).code).to.equal(130);
  });

  it('goes on to its end when nobody reads its output any more', async () => {
    const args = ['--', 'sh', '-c', 'sleep 1'];
    verifier = await startVerifier(scenario(keystone.url, null), { args, env });
    await verifier.says(/baseline/);
    verifier.child.stdout?.destroy();
    verifier.child.stderr?.destroy();
    const { code } = await verifier.exited;
    expect([0, 2]).to.include(code);
    expect((await verdictOf(verifier)).steps[0]?.result).to.equal('ok');
  });

  it('takes the upgrade with it at the second SIGINT', async () => {
    const args = [
      '--',
      'sh',
      '-c',
      'trap "" TERM; echo $$ > "$PID_FILE"; while :; do sleep 0.1; done',
    ];
    const folder = await mkdtemp(join(tmpdir(), 'rollproof-pid-'));
    const pidFile = join(folder, 'pid');
    verifier = await startVerifier(scenario(keystone.url, null), {
      args,
      env: { ...env, PID_FILE: pidFile },
    });
    const pid = async () => Number(await readFile(pidFile, 'utf8').catch(() => ''));
    while ((await pid()) === 0) await sleep(20);
    verifier.child.kill('SIGINT');
    await verifier.says(/stopping/);
    verifier.child.kill('SIGINT');
    expect((await verifier.exited).code).to.equal(130);
    // A zombie waits for whoever has inherited it.
    const state = async (id: number) =>
      /^\d+ \(.*\) (.)/.exec(
        await readFile(`/proc/${String(id)}/stat`, 'utf8').catch(() => ''),
      )?.[1] ?? 'Z';
    const upgrade = await pid();
    for (let turn = 0; turn < 100 && (await state(upgrade)) !== 'Z'; turn++) await sleep(20);
    expect(await state(upgrade)).to.equal('Z');
    await rm(folder, { recursive: true });
  });

  it('keeps what the environment calls a secret out of log and terminal', async () => {
    const secrets = { VAULT_TOKEN: 'tok-abcdef-123', OTHER_API_KEY: 'key-9876543' };
    const args = ['--', 'sh', '-c', 'echo "$VAULT_TOKEN $OTHER_API_KEY"; sleep 1'];
    verifier = await startVerifier(scenario(keystone.url, null), {
      args,
      env: { ...env, ...secrets },
    });
    await verifier.exited;
    const log = await readFile(join(await verifier.directory(), 'log.ndjson'), 'utf8');
    expect(log).to.contain('*** ***');
    for (const secret of Object.values(secrets)) expect(log).not.to.contain(secret);
  });

  it('leaves a run that can be reported after kill -9, marked interrupted', async () => {
    verifier = await startVerifier(scenario(keystone.url, '{ wait: { for: 10m } }'), { env });
    await verifier.says(/upgrade/);
    verifier.child.kill('SIGKILL');
    expect((await verifier.exited).signal).to.equal('SIGKILL');
    const directory = await verifier.directory();
    const { exitCode, out } = await cli(['report', directory, '--format', 'json']);
    expect(exitCode).to.equal(0);
    const verdict = JSON.parse(out) as VerdictFile;
    expect(verdict.verdict).to.equal('interrupted');
    expect(verdict.exitCode).to.equal(130);
    expect(verdict.probes[0]?.targets[0]?.ok).to.be.greaterThan(0);
    for (const format of ['text', 'junit', 'html', 'markdown']) {
      expect((await cli(['report', directory, '--format', format])).exitCode).to.equal(0);
    }
  });
});
