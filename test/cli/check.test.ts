import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { execa } from 'execa';
import { canMakeNamespaces } from '../../src/platform/privileges.ts';
import { cli } from './in-process.ts';

/** The built program (npm test builds it first). */
const MAIN = fileURLToPath(new URL('../../bin/rollproof.js', import.meta.url));

describe('rollproof check', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rollproof-check-'));
  });
  after(async () => {
    await rm(folder, { recursive: true });
  });

  async function scenario(icmp: string): Promise<string> {
    const path = join(folder, 'scenario.yaml');
    await writeFile(path, `version: 1\nname: x\nprobes:\n  vm: { icmp: ${icmp} }\n`);
    return path;
  }

  async function needsNamespaces(test: Mocha.Context): Promise<void> {
    if (await canMakeNamespaces()) return;
    if (process.env['CI'] !== undefined) throw new Error('needs root and iproute2');
    console.log('      skipped: needs root and iproute2');
    test.skip();
  }

  it('names a network namespace that is not there, and how to see those that are', async function () {
    await needsNamespaces(this);
    const path = await scenario('{ hosts: [10.0.0.5], from: { netns: rp-nowhere } }');
    const { exitCode, err } = await cli(['check', path]);
    expect(exitCode).to.equal(5);
    expect(err).to.contain('the network namespace rp-nowhere cannot be entered');
    expect(err).to.contain('ip netns list');
  });

  /** `check` in a network namespace of its own, where nobody may ping whatever this machine permits, without a capability. */
  async function checkWithout(capability: string, icmp: string) {
    const name = `rp-check-${String(process.pid)}`;
    const path = await scenario(icmp.replace('OWN', name));
    const drop = ['setpriv', '--bounding-set', `-${capability}`, '--inh-caps', `-${capability}`];
    await execa('ip', ['netns', 'add', name]);
    try {
      const inside = ['netns', 'exec', name, ...drop, process.execPath, MAIN, 'check', path];
      return await execa('ip', inside, { reject: false });
    } finally {
      await execa('ip', ['netns', 'del', name]);
    }
  }

  it('without the right to send ICMP names capability, sysctl and its value, and how to grant either', async function () {
    await needsNamespaces(this);
    const { exitCode, stderr } = await checkWithout('net_raw', '{ hosts: [127.0.0.1] }');
    expect(stderr).to.contain('icmp-not-permitted');
    expect(exitCode).to.equal(5);
    expect(stderr).to.contain('CAP_NET_RAW');
    expect(stderr).to.contain('net.ipv4.ping_group_range (now: 1 0)');
    expect(stderr).to.contain('sysctl -w net.ipv4.ping_group_range=');
    expect(stderr).to.contain('setcap cap_net_raw+ep');
  });

  it('without the right to enter a network namespace names the capability for that', async function () {
    await needsNamespaces(this);
    const icmp = '{ hosts: [127.0.0.1], from: { netns: OWN } }';
    const { exitCode, stderr } = await checkWithout('sys_admin', icmp);
    expect(exitCode).to.equal(5);
    expect(stderr).to.contain('cannot be entered: Operation not permitted');
    expect(stderr).to.contain('CAP_SYS_ADMIN');
  });
});
