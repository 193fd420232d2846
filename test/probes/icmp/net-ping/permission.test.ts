import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { execa } from 'execa';
import { socketError } from '../../../../probes/icmp/net-ping/permission.ts';
import { hasCapability } from '../../../../src/platform/icmp-privileges.ts';

const DENIED = 'Operation not permitted';

describe('permission to ping', () => {
  it('names the capability, the commands that grant it and the sysctl with its value', () => {
    const error = socketError(4, DENIED, { netRaw: false, pingGroupRange: '1 0' });
    expect(error.code).to.equal('icmp-not-permitted');
    expect(error.exitCode).to.equal(5);
    expect(error.message).to.equal(
      'this process may not open a raw IPv4 ICMP socket (Operation not permitted): it lacks the capability CAP_NET_RAW',
    );
    expect(error.hint).to.contain(
      'sudo setcap cap_net_raw+ep "$(readlink -f "$(command -v node)")"',
    );
    expect(error.hint).to.contain('add NET_RAW to securityContext.capabilities.add');
    expect(error.hint).to.contain('net.ipv4.ping_group_range (now: 1 0)');
  });

  it('does not blame a capability that is there', () => {
    const { message } = socketError(6, DENIED, { netRaw: true, pingGroupRange: null });
    expect(message).to.contain('not over this network namespace');
  });

  it('a machine without IPv6 is another problem', () => {
    const why = 'Address family not supported by protocol';
    const error = socketError(6, why, { netRaw: true, pingGroupRange: null });
    expect(error.code).to.equal('probe-config');
    expect(error.hint).to.contain('has no IPv6');
  });

  it('reads the effective capabilities of a process', () => {
    expect(hasCapability('Name:\tnode\nCapEff:\t000001ffffffffff\n', 13n)).to.equal(true);
    expect(hasCapability('CapEff:\t0000000000000000\n', 13n)).to.equal(false);
    expect(hasCapability('CapEff:\t00000000ffffdfff\n', 13n)).to.equal(false);
    expect(hasCapability('CapEff:\tgarbage\n', 13n)).to.equal(null);
    expect(hasCapability('', 13n)).to.equal(null);
  });

  it('without the capability the probe refuses before the run', async function () {
    const root = process.getuid?.() === 0;
    const setpriv = await execa('setpriv', ['--version'], { reject: false });
    if (!root || setpriv.failed) {
      if (process.env['CI'] !== undefined) throw new Error('needs root and setpriv');
      console.log('      skipped: needs root and setpriv');
      this.skip();
    }
    const preflight = fileURLToPath(new URL('../fixtures/preflight-driver.ts', import.meta.url));
    const drop = ['--bounding-set', '-net_raw', '--inh-caps', '-net_raw'];
    const { stdout } = await execa('setpriv', [
      ...drop,
      process.execPath,
      '--import',
      './test/loader.mjs',
      preflight,
    ]);
    expect(JSON.parse(stdout)).to.deep.include({ code: 'icmp-not-permitted', exitCode: 5 });
    expect(stdout).to.contain('lacks the capability CAP_NET_RAW');
  });
});
