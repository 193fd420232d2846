import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Reason } from '../../src/model/sample.ts';
import type { VerdictFile } from '../../src/model/verdict-file.ts';
import { expectNoSecret } from './fixtures/expect-no-secret.ts';
import { missingPackages, type RunningSite, startKeystoneSite } from './fixtures/keystone-site.ts';
import { type Attempt, attemptsOf, deedsOf } from './fixtures/recorded-run.ts';
import { pidOf, startReplica, stopReplica } from './fixtures/replica.ts';
import { type RollproofRun, rollproofRun } from './fixtures/rollproof-run.ts';
import { skipWithout } from './fixtures/skip-without.ts';

type Measured = RollproofRun & {
  readonly verdict: VerdictFile;
  readonly attempts: readonly Attempt[];
  /** Of those, the lost and the failed. */
  readonly unsuccessful: readonly Attempt[];
};

type Probe = VerdictFile['probes'][number];
type TokenPair = Probe['tokenPairs'][number];

/** The replica that most often did not answer when it was asked directly: on a starved machine any may be late once. */
function worstOf(replicas: Probe['replicas']): Probe['replicas'][number] | undefined {
  return replicas.toSorted((a, b) => b.unsuccessful - a.unsuccessful)[0];
}

/** The reasons that stand in `attempts`, each once. */
function reasonsOf(attempts: readonly Attempt[]): readonly Reason[] {
  return [...new Set(attempts.map(({ reason }) => reason))].sort();
}

describe('a real Keystone: three replicas behind HAProxy', () => {
  let site: RunningSite;
  let stopSite: () => Promise<void> = () => Promise.resolve();
  /** Of one test. */
  let folder: string;

  before(async function () {
    const missing = missingPackages();
    const why =
      missing.length > 0
        ? `needs apt-get install ${missing.join(' ')}`
        : process.getuid?.() === 0
          ? null
          : 'needs root: uwsgi becomes the user keystone';
    skipWithout(this, why);
    site = await startKeystoneSite();
    stopSite = site.stop;
  });
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rollproof-real-'));
    await site.whole();
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  after(async () => {
    await stopSite();
  });

  /** A run of the shipped scenario, kept short; whatever became of it, it shows no secret. */
  async function run(options: {
    readonly command: readonly string[];
    readonly cloud?: string;
    readonly set?: readonly string[];
  }): Promise<RollproofRun> {
    const done = await rollproofRun({
      out: mkdtempSync(join(folder, 'runs-')),
      env: {
        OS_CLIENT_CONFIG_FILE: site.clouds,
        OS_CLOUD: options.cloud ?? 'keystone-local',
        KEYSTONE_RATE: '6/s',
      },
      set: ['baseline=3s', 'settle=3s', ...(options.set ?? [])],
      command: options.command,
    });
    await expectNoSecret(done);
    return done;
  }

  /** A run that measured, with the upgrade script as the upgrade and each replica asked directly as well. */
  async function upgrade(deed: readonly string[], set: readonly string[] = []): Promise<Measured> {
    const script = ['node', '--import', './test/loader.mjs', 'test/real/fixtures/upgrade.ts'];
    const command = [...script, site.siteFile, ...deed];
    const endpoints = site.replicas.map(({ name, port }) => ({
      name,
      url: `http://127.0.0.1:${String(port)}`,
    }));
    const direct = `probes.keystone.keystone.endpoints=${JSON.stringify(endpoints)}`;
    return await measured({
      command,
      set: [direct, 'probes.keystone.keystone.endpointsEvery=2s', ...set],
    });
  }

  async function measured(options: Parameters<typeof run>[0]): Promise<Measured> {
    const done = await run(options);
    const { verdict, directory, said } = done;
    if (verdict === null) throw new Error(said);
    const files = ['run.duckdb', 'log.ndjson', 'report.html', 'junit.xml', 'scenario.yaml'];
    expect(readdirSync(directory)).to.include.members(files);
    const attempts = await attemptsOf(directory);
    const unsuccessful = attempts.filter(({ outcome }) => /^(lost|failed)$/.test(outcome));
    return { ...done, verdict, attempts, unsuccessful };
  }

  /** Nothing was lost of enough; `inconclusive` only if this machine stalled the verifier, and then hardly. */
  function expectNothingLost({ verdict, exitCode, attempts, unsuccessful, said }: Measured) {
    expect(unsuccessful, said).to.deep.equal([]);
    const unsent = attempts.filter(({ outcome }) => outcome === 'unsent').length;
    expect(unsent, said).to.be.at.most(attempts.length / 10);
    for (const { name, ok, due } of verdict.probes.flatMap(({ targets }) => targets)) {
      expect(ok, name).to.be.greaterThan(4);
      expect(due, name).to.be.at.least(ok);
    }
    const wasBlind = verdict.verdict === 'inconclusive';
    if (wasBlind) expect(verdict.blind, said).not.to.have.length(0);
    else expect(verdict.verdict, said).to.equal('pass');
    expect(exitCode, said).to.equal(wasBlind ? 2 : 0);
  }

  /** An objective failed, and every outage that began in the upgrade names its step. */
  function expectFailure({ verdict, exitCode, said }: Measured) {
    expect(exitCode, said).to.equal(1);
    expect(verdict.verdict).to.equal('fail');
    expect(verdict.steps.map(({ name, result }) => [name, result])).to.deep.equal([
      ['run node', 'ok'],
    ]);
    const outages = verdict.probes.flatMap(({ targets }) => targets.flatMap((t) => t.outages));
    const during = outages.filter(({ phase }) => phase === 'upgrade');
    expect(during, said).not.to.have.length(0);
    for (const { step } of during) expect(step).to.equal('run node');
    const failed = verdict.objectives.find(({ text }) => text === 'keystone.failed == 0');
    expect(failed).to.include({ verdict: 'fail' });
    expect(failed?.why).to.include('in step "run node"');
  }

  /** The run ends before anything is upgraded, and says why. */
  async function expectRefused(cloud: string, why: readonly RegExp[]): Promise<void> {
    const marker = join(folder, 'upgraded');
    const { exitCode, verdict, said } = await run({ command: ['touch', marker], cloud });
    for (const each of why) expect(said).to.match(each);
    expect(said).to.include('(keystone-login-failed, exit 5; see docs/errors.md)');
    expect(exitCode).to.equal(5);
    expect(verdict).to.equal(null);
    expect(existsSync(marker)).to.equal(false);
  }

  it('is rolled with each replica drained first: nothing failed, every old token stayed valid', async () => {
    const before = site.replicas.map((replica) => pidOf(site, replica));
    // As long as a client would wait, so that a starved machine is slow rather than down.
    const rolled = await upgrade(['roll'], ['probes.keystone.keystone.timeout=5s']);
    for (const [index, replica] of site.replicas.entries()) {
      expect(pidOf(site, replica)).not.to.equal(before[index]);
    }
    expectNothingLost(rolled);
    const [{ targets, replicas, tokenPairs }] = rolled.verdict.probes as [Probe];
    expect(targets.map(({ name }) => name)).to.deep.equal([
      'issue new',
      'issue reused',
      'validate new',
      'validate reused',
      'validate-old new',
      'validate-old reused',
    ]);
    // Asked directly, each was away for a while, which no client felt.
    for (const { name, ok, unsuccessful } of replicas) {
      expect(ok, name).to.be.greaterThan(0);
      expect(unsuccessful, name).to.be.greaterThan(0);
    }
    const ofOldTokens = tokenPairs.filter((pair) => pair.before);
    expect(ofOldTokens).to.have.length(9);
    for (const { ok } of ofOldTokens) expect(ok).to.be.greaterThan(0);
    for (const { refused } of tokenPairs) expect(refused).to.equal(0);
    // What ps was searched for secrets in.
    expect([...rolled.shown].join()).to.match(/bin\/rollproof\.js run .*upgrade\.ts/s);
  });

  it('has a replica killed: seen within one interval, of which kind, in which step, which replica', async () => {
    const killed = await upgrade(['kill', 'k2'], ['probes.keystone.keystone.rate=12/s']);
    expectFailure(killed);
    const [deed] = deedsOf(killed.directory);
    expect(deed).to.include({ what: 'killed', replica: 'k2' });
    const [first] = killed.unsuccessful;
    // Six targets share 12/s, so each has an attempt every 500 ms. What was at work when it was killed may have been due before.
    const afterNs = Number((first?.dueNs ?? 0n) - (deed?.monotonicNs ?? 0n));
    expect(afterNs).to.be.within(-2e9, 500e6);
    // What it had at work was cut short; what came then waited in HAProxy for a server that was gone.
    const reasons = reasonsOf(killed.unsuccessful);
    expect(['closed', 'http-5xx', 'reset', 'stalled']).to.include.members(reasons);
    expect(reasons).to.include.oneOf(['closed', 'http-5xx', 'reset']);
    const [{ targets, replicas }] = killed.verdict.probes as [Probe];
    const worst = worstOf(replicas);
    expect(worst).to.include({ name: 'k2' });
    expect(['refused', 'closed', 'reset', 'stalled']).to.include.members(
      worst?.down.map(({ reason }) => reason) ?? [],
    );
    const suspects = targets.flatMap(({ outages }) => outages.flatMap((each) => each.suspects));
    expect(suspects.map(({ name }) => name)).to.include('k2');
  });

  it('has a replica reloaded undrained: who came meanwhile waited in vain', async () => {
    const reloaded = await upgrade(['reload', 'k1'], ['probes.keystone.keystone.timeout=1s']);
    expectFailure(reloaded);
    const told = ['stalled', 'closed', 'reset', 'http-5xx'];
    expect(told).to.include.members(reasonsOf(reloaded.unsuccessful));
    expect(reasonsOf(reloaded.unsuccessful)).to.include('stalled');
    const [{ replicas }] = reloaded.verdict.probes as [Probe];
    expect(worstOf(replicas)).to.include({ name: 'k1' });
  });

  it('has a replica with fernet keys of its own: which tokens are refused where', async () => {
    // Eight targets: round robin over three replicas would show each of six always the same one.
    const operations =
      'probes.keystone.keystone.operations=[issue, validate, validate-old, catalog]';
    const foreign = await upgrade(['foreign-keys', 'k3'], [operations]);
    expectFailure(foreign);
    const answered = foreign.unsuccessful.filter(({ outcome }) => outcome === 'failed');
    expect(reasonsOf(answered)).to.deep.equal(['auth']);
    const struck = answered.map(({ target }) => target.split(' ')[0]);
    expect(struck).to.include('validate-old');
    expect(struck).not.to.include('issue');

    const [{ tokenPairs }] = foreign.verdict.probes as [Probe];
    const pairs = (own: (pair: TokenPair) => boolean) => tokenPairs.filter(own);
    const healthy = pairs((pair) => pair.issuedBy !== 'k3' && pair.validatedBy !== 'k3');
    expect(healthy).to.have.length(8);
    for (const { ok, refused } of healthy)
      expect({ ok: ok > 0, refused }).to.deep.equal({ ok: true, refused: 0 });
    const atForeign = pairs(
      (pair) => pair.before && pair.issuedBy !== 'k3' && pair.validatedBy === 'k3',
    );
    const ofForeign = pairs(
      (pair) => !pair.before && pair.issuedBy === 'k3' && pair.validatedBy !== 'k3',
    );
    expect([...atForeign, ...ofForeign]).to.have.length(4);
    for (const { refused, reason } of [...atForeign, ...ofForeign]) {
      expect(refused).to.be.greaterThan(0);
      expect(reason).to.equal('auth');
    }
  });

  it('has a replica stopped: it stalls, and refuses nothing', async () => {
    const stopped = await upgrade(['stop', 'k1']);
    expectFailure(stopped);
    expect(reasonsOf(stopped.unsuccessful)).to.deep.equal(['stalled']);
    expect(stopped.unsuccessful.every(({ outcome }) => outcome === 'lost')).to.equal(true);
    const [{ replicas }] = stopped.verdict.probes as [Probe];
    const worst = worstOf(replicas);
    expect(worst).to.include({ name: 'k1' });
    for (const { reason } of worst?.down ?? []) expect(reason).to.equal('stalled');
  });

  it('has its database locked: slow, but nothing fails', async () => {
    const locked = await upgrade(
      ['lock'],
      [
        'probes.keystone.keystone.endpoints=null',
        'probes.keystone.keystone.rate=8/s',
        'probes.keystone.keystone.timeout=8s',
        'objectives=[keystone.failed == 0, keystone.latency.max <= 1s]',
      ],
    );
    expect(locked.unsuccessful).to.deep.equal([]);
    const verdicts = locked.verdict.objectives.map(({ text, verdict }) => [text, verdict]);
    const blind = locked.verdict.blind.length > 0;
    expect(verdicts[0]).to.deep.oneOf([
      ['keystone.failed == 0', 'pass'],
      ...(blind ? [['keystone.failed == 0', 'inconclusive']] : []),
    ]);
    expect(verdicts[1]).to.deep.equal(['keystone.latency.max <= 1s', 'fail']);
    expect(locked.exitCode, locked.said).to.equal(1);
  });

  it('is not upgraded when the password is wrong', async () => {
    await startReplica(site, site.lone, site.configs.writeAhead);
    try {
      await expectRefused('wrong-password', [
        /Keystone gave no token: POST http:\S+\/v3\/auth\/tokens: auth: HTTP 401: /,
        /hint: check username, password, user domain and scope in cloud wrong-password of /,
      ]);
    } finally {
      await stopReplica(site, site.lone, 'SIGKILL');
    }
  });

  it('is not upgraded through TLS when its authority is unknown; it is when the authority is named', async () => {
    await expectRefused('unknown-authority', [
      /Keystone gave no token: POST https:\S+\/v3\/auth\/tokens: tls: /,
      /hint: the certificate is signed by an unknown authority: set ca \(or OS_CACERT, cacert\)/,
    ]);
    const marker = join(folder, 'upgraded');
    expectNothingLost(await measured({ command: ['touch', marker], cloud: 'known-authority' }));
    expect(existsSync(marker)).to.equal(true);
  });
});
