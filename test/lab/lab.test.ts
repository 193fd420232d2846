import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { parse } from 'yaml';
import type { FaultReport } from '../../src/lab/fault-injection.ts';
import { FAULTS, type FaultName } from '../../src/lab/faults.ts';
import { type Lab, type LabOptions, startLab } from '../../src/lab/lab.ts';
import { silentLogger } from '../../src/platform/log.ts';
import { canMakeNamespaces } from '../../src/platform/privileges.ts';
import { isAlive, processTree } from '../../src/platform/process-tree.ts';
import { every } from '../../src/platform/timers.ts';
import { eventually } from './eventually.ts';
import { NEXT_IMAGE, QUICK } from './small-cluster.ts';

describe('the lab', function () {
  this.timeout(60_000);
  let lab: Lab;
  const reports: FaultReport[] = [];

  afterEach(async () => {
    await lab.stop();
    reports.length = 0;
  });

  async function start(fault: FaultName | null, vm: LabOptions['vm'] = 'loopback'): Promise<void> {
    lab = await startLab({
      fault,
      vm,
      env: {},
      log: silentLogger,
      pace: QUICK,
      workload: { minReadySeconds: 0, preStopSeconds: 1, drainSeconds: fault === null ? 3 : 0.5 },
    });
    lab.onFault((report) => reports.push(report));
  }

  it('a good rollout loses nothing under load, on kept and on fresh connections', async () => {
    await start(null);
    const load = startLoad(lab);
    await roll(lab);
    const { ok, failed } = await load.stop();
    expect(failed).to.deep.equal([]);
    expect(ok).to.be.greaterThan(100);
  });

  it('no-drain: replicas die in the Service, and requests with them', async () => {
    await start('no-drain');
    const load = startLoad(lab);
    await roll(lab);
    const { failed } = await load.stop();
    expect(failed).to.include('ECONNRESET');
    expect(reports.map(({ fault }) => fault)).to.deep.equal(['no-drain']);
  });

  it('slow-start: requests fail on replicas that are Ready and do not listen yet', async () => {
    await start('slow-start');
    const load = startLoad(lab);
    await roll(lab);
    const { failed } = await load.stop();
    expect(failed).to.include('ECONNRESET');
  });

  it('token-break: new replicas take no token of the old ones, and issue their own', async () => {
    await start('token-break');
    const old = await issue(lab);
    expect(await validate(lab, old)).to.equal(200);
    await roll(lab);
    await eventually('every new connection reaches a new replica', async () => {
      const codes = await Promise.all([1, 2, 3, 4].map(() => validate(lab, old)));
      return codes.every((code) => code === 401);
    });
    expect(await validate(lab, await issue(lab))).to.equal(200);
  });

  it('stuck-rollout: the deadline passes, the new pod stays unready and the old ones serve on', async () => {
    await start('stuck-rollout');
    const load = startLoad(lab);
    await setImage(lab);
    const condition = await eventually(
      'the rollout is past its deadline',
      async () => (await progressing(lab)).find(({ status }) => status === 'False') ?? null,
      20_000,
    );
    expect(condition.reason).to.equal('ProgressDeadlineExceeded');
    const { failed } = await load.stop();
    expect(failed).to.deep.equal([]);
  });

  it('stalled-verifier: the verifier and its children are stopped once the rollout has begun, and go on', async () => {
    await start('stalled-verifier');
    const verifier = spawn('sh', ['-c', 'sleep 60 & sleep 60; true'], { stdio: 'ignore' });
    const pid = verifier.pid ?? 0;
    const tree = await eventually('the verifier has a child', () => {
      const found = processTree(pid);
      return found.length === 3 ? found : null;
    });
    lab.watchVerifier(pid);
    expect(tree.map(stateOf)).to.not.include('T');
    await setImage(lab);
    await eventually('all are stopped', () => tree.every((member) => stateOf(member) === 'T'));
    await eventually('all go on', () => tree.every((member) => stateOf(member) !== 'T'));
    for (const member of [...tree].reverse()) process.kill(member, 'SIGKILL');
    expect(reports.map(({ what }) => what)).to.deep.equal([
      'the verifier is stopped',
      'the verifier goes on',
    ]);
  });

  it('vm-blackhole: pings of the VM vanish for a while in mid-rollout', async function () {
    await needNamespaces(this);
    await start('vm-blackhole', 'namespace');
    expect(lab.vmAddress).to.match(/^169\.254\./);
    expect(await answersPing(lab)).to.equal(true);
    await setImage(lab);
    await eventually('it is cut off', () => reports.length === 1);
    expect(await answersPing(lab)).to.equal(false);
    await eventually('it is back', () => reports.length === 2);
    expect(await answersPing(lab)).to.equal(true);
  });

  it('leaves nothing behind: no process, no namespace, no file, no port', async function () {
    await needNamespaces(this);
    const before = new Set(processTree(process.pid));
    await start(null, 'namespace');
    const pods = processTree(process.pid).filter((pid) => !before.has(pid));
    expect(pods).to.have.length.at.least(3);
    await lab.stop();
    expect(pods.filter(isAlive)).to.deep.equal([]);
    expect(await namespaces()).to.not.contain(`rollproof-lab-${String(process.pid)}-`);
    expect(() => readFileSync(lab.kubeconfig)).to.throw('ENOENT');
    expect(
      await validate(lab, 'any').catch((error: unknown) => (error as { code: string }).code),
    ).to.equal('ECONNREFUSED');
  });

  it('ends its pods when its own process is killed', async () => {
    await start(null, 'none');
    expect(lab.vmAddress).to.equal(null);
    const fixture = fileURLToPath(new URL('fixtures/lab-host.ts', import.meta.url));
    const host = spawn(process.execPath, [...process.execArgv, fixture], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise((resolve) => host.stdout.once('data', resolve));
    const [, ...pods] = processTree(host.pid ?? 0);
    expect(pods).to.have.length.at.least(3);
    host.kill('SIGKILL');
    await eventually('every pod has ended', () => !pods.some(isAlive));
  });

  it('lists each fault once, with the exit code it must give', () => {
    expect(FAULTS.map(({ name, expectedExitCode }) => [name, expectedExitCode])).to.deep.equal([
      ['no-drain', 1],
      ['slow-start', 1],
      ['vm-blackhole', 1],
      ['token-break', 1],
      ['stuck-rollout', 4],
      ['stalled-verifier', 2],
    ]);
  });
});

async function needNamespaces(test: Mocha.Context): Promise<void> {
  if (await canMakeNamespaces()) return;
  if (process.env['CI'] !== undefined)
    throw new Error('network namespaces cannot be made, and CI is set');
  console.log('      skipped: network namespaces need root');
  test.skip();
}

type Answer = { readonly code: number; readonly token: string };

function ask(
  lab: Lab,
  method: 'GET' | 'POST',
  options: {
    readonly headers?: Record<string, string>;
    readonly body?: string;
    readonly agent: Agent | false;
  },
): Promise<Answer> {
  const { headers = {}, body = '', agent } = options;
  return new Promise((resolve, reject) => {
    const sent = request(`${lab.keystoneUrl}/v3/auth/tokens`, {
      method,
      agent,
      headers: { ...headers, 'content-type': 'application/json', 'content-length': body.length },
    });
    sent.on('error', reject);
    sent.on('response', (response) => {
      response.resume();
      response.on('error', reject);
      response.on('end', () => {
        resolve({
          code: response.statusCode ?? 0,
          token: String(response.headers['x-subject-token']),
        });
      });
    });
    sent.end(body);
  });
}

function credentials(lab: Lab): string {
  const clouds = parse(readFileSync(lab.cloudsYaml, 'utf8')) as {
    clouds: { lab: { auth: { username: string; password: string } } };
  };
  const { username, password } = clouds.clouds.lab.auth;
  const user = { name: username, domain: { name: 'Default' }, password };
  const scope = { project: { name: 'admin', domain: { name: 'Default' } } };
  return JSON.stringify({
    auth: { identity: { methods: ['password'], password: { user } }, scope },
  });
}

async function issue(lab: Lab): Promise<string> {
  return (await ask(lab, 'POST', { body: credentials(lab), agent: false })).token;
}

async function validate(lab: Lab, token: string, agent: Agent | false = false): Promise<number> {
  const headers = { 'x-auth-token': token, 'x-subject-token': token };
  return (await ask(lab, 'GET', { headers, agent })).code;
}

/** 40 requests a second: issued and validated, on kept and on fresh connections. */
function startLoad(lab: Lab) {
  const agent = new Agent({ keepAlive: true });
  const body = credentials(lab);
  const failed: string[] = [];
  const running = new Set<Promise<unknown>>();
  let ok = 0;
  let count = 0;
  const first = issue(lab);
  const attempt = async (number: number) => {
    const connection = number % 4 < 2 ? agent : false;
    try {
      const code =
        number % 2 === 0
          ? await validate(lab, await first, connection)
          : (await ask(lab, 'POST', { body, agent: connection })).code;
      if (code < 300) ok++;
      else failed.push(String(code));
    } catch (error) {
      failed.push((error as { code?: string }).code ?? String(error));
    }
  };
  const stop = every(25, () => {
    const attempted = attempt(count++);
    running.add(attempted);
    void attempted.then(() => running.delete(attempted));
  });
  return {
    stop: async () => {
      stop();
      await Promise.all(running);
      agent.destroy();
      return { ok, failed };
    },
  };
}

function apiOf(lab: Lab): string {
  const config = parse(readFileSync(lab.kubeconfig, 'utf8')) as {
    clusters: { cluster: { server: string } }[];
  };
  return config.clusters[0]?.cluster.server ?? '';
}

type Listed = {
  readonly status: {
    readonly conditions: {
      readonly type: string;
      readonly status: string;
      readonly reason: string;
    }[];
  };
};

async function get(lab: Lab, path: string): Promise<unknown> {
  return (await fetch(`${apiOf(lab)}${path}`)).json();
}

async function progressing(lab: Lab) {
  const read = await get(lab, '/apis/apps/v1/namespaces/openstack/deployments/keystone-api');
  return (read as Listed).status.conditions.filter(({ type }) => type === 'Progressing');
}

async function setImage(lab: Lab): Promise<void> {
  const containers = [{ name: 'keystone-api', image: NEXT_IMAGE }];
  const response = await fetch(
    `${apiOf(lab)}/apis/apps/v1/namespaces/openstack/deployments/keystone-api`,
    {
      method: 'PATCH',
      headers: { 'content-type': 'application/strategic-merge-patch+json' },
      body: JSON.stringify({ spec: { template: { spec: { containers } } } }),
    },
  );
  expect(response.status).to.equal(200);
}

/** Sets the new image and waits until only new pods are left. */
async function roll(lab: Lab): Promise<void> {
  await setImage(lab);
  await eventually(
    'only new pods are left',
    async () => {
      const list = await get(lab, '/api/v1/namespaces/openstack/pods');
      const { items } = list as { items: { spec: { containers: { image: string }[] } }[] };
      return (
        items.length === 3 && items.every(({ spec }) => spec.containers[0]?.image === NEXT_IMAGE)
      );
    },
    40_000,
  );
}

/** `R`, `S`, `T` (stopped), ... as /proc tells. */
function stateOf(pid: number): string {
  return /\) (\w)/.exec(readFileSync(`/proc/${String(pid)}/stat`, 'utf8'))?.[1] ?? '';
}

async function answersPing(lab: Lab): Promise<boolean> {
  const ping = spawn('ping', ['-c', '1', '-W', '0.3', lab.vmAddress ?? ''], { stdio: 'ignore' });
  return new Promise((resolve) => {
    ping.on('exit', (code) => {
      resolve(code === 0);
    });
  });
}

async function namespaces(): Promise<string> {
  const list = spawn('ip', ['netns', 'list'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  for await (const part of list.stdout) text += String(part);
  return text;
}
