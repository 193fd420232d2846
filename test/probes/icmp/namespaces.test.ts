import { expect } from 'chai';
import { execa } from 'execa';
import { canMakeNamespaces } from '../../../src/platform/privileges.ts';
import { drivePings, inTime, outcomes } from './drive-pings.ts';

const tag = String(process.pid);
/** Where the probe runs, and a router that is also the live host: 10.81.0.1 — 10.81.0.2, fd81::1 — fd81::2. */
const VERIFIER = `rp-icmp-v-${tag}`;
const ROUTER = `rp-icmp-r-${tag}`;
const LIVE = '10.81.0.2';
const LIVE6 = 'fd81::2';
/** In the live host's own network, where nobody has it. */
const DEAD = '10.81.0.9';

async function run(command: string): Promise<string> {
  const [file = '', ...args] = command.split(' ');
  return (await execa(file, args)).stdout;
}

async function nft(rules: string): Promise<void> {
  await execa('ip', ['netns', 'exec', ROUTER, 'nft', '-f', '-'], { input: rules });
}

/** Probes from inside the verifier's namespace. */
const drive = (config: object) => drivePings(config, { before: ['ip', 'netns', 'exec', VERIFIER] });

/** What every engine must give. */
for (const engine of ['kernel', 'net-ping'] as const)
  describe(`icmp in network namespaces, engine ${engine}`, () => {
    before(async function () {
      if (!(await canMakeNamespaces())) {
        if (process.env['CI'] !== undefined) throw new Error('needs root, iproute2 and nftables');
        console.log('      skipped: needs root, iproute2 and nftables');
        this.skip();
      }
      for (const command of [
        `ip netns add ${VERIFIER}`,
        `ip netns add ${ROUTER}`,
        `ip -n ${VERIFIER} link add up0 type veth peer name down0 netns ${ROUTER}`,
        `ip -n ${VERIFIER} addr add 10.81.0.1/24 dev up0`,
        `ip -n ${VERIFIER} addr add fd81::1/64 dev up0 nodad`,
        `ip -n ${ROUTER} addr add ${LIVE}/24 dev down0`,
        `ip -n ${ROUTER} addr add 10.81.0.3/24 dev down0`,
        `ip -n ${ROUTER} addr add ${LIVE6}/64 dev down0 nodad`,
        `ip -n ${VERIFIER} link set up0 up`,
        `ip -n ${VERIFIER} link set lo up`,
        `ip -n ${ROUTER} link set down0 up`,
        `ip netns exec ${ROUTER} sysctl -qw net.ipv4.ip_forward=1 net.ipv4.icmp_ratelimit=0 net.ipv6.conf.all.forwarding=1 net.ipv6.icmp.ratelimit=0`,
        `ip -n ${VERIFIER} route add 10.82.0.0/16 via ${LIVE}`,
        `ip -n ${VERIFIER} -6 route add fd82::/16 via ${LIVE6}`,
        `ip -n ${ROUTER} route add unreachable 10.82.1.0/24`,
        `ip -n ${ROUTER} route add prohibit 10.82.2.0/24`,
        `ip -n ${ROUTER} -6 route add prohibit fd82::/64`,
      ]) {
        await run(command);
      }
      await nft(
        'table inet fault { chain in { type filter hook input priority 0; }; chain out { type filter hook output priority 0; }; }',
      );
    });

    afterEach(async () => {
      await nft('flush chain inet fault in\nflush chain inet fault out').catch(() => undefined);
    });

    after(async () => {
      for (const name of [VERIFIER, ROUTER])
        await execa('ip', ['netns', 'del', name], { reject: false });
    });

    it('a dead host next to a live one in the same probe reads dead, the live one alive', async () => {
      const probe = drive({ engine, hosts: [LIVE, DEAD], every: '20ms', timeout: '200ms' });
      await probe.until(() => probe.ended(DEAD).length >= 40 && probe.ended(LIVE).length >= 40);
      await probe.stop();
      expect(outcomes(probe.ended(LIVE))).to.deep.equal(new Set(['ok']));
      expect(outcomes(probe.ended(DEAD))).to.not.include('ok');
      expect(outcomes(probe.ended(DEAD))).to.not.include('unsent');
    });

    it('a dead host next to a live one in two probes reads dead', async () => {
      const live = drive({ engine, hosts: [LIVE], every: '20ms', timeout: '200ms' });
      const dead = drive({ engine, hosts: [DEAD], every: '20ms', timeout: '200ms' });
      await Promise.all([
        live.until(() => live.ended().length >= 40),
        dead.until(() => dead.ended().length >= 40),
      ]);
      await Promise.all([live.stop(), dead.stop()]);
      expect(outcomes(live.ended())).to.deep.equal(new Set(['ok']));
      expect(outcomes(dead.ended())).to.not.include('ok');
      expect(outcomes(dead.ended())).to.not.include('unsent');
    });

    it('what a router says is unreachable has failed, with its code and the router', async () => {
      const hosts = ['10.82.1.5', '10.82.2.5', 'fd82::5'];
      const probe = drive({ engine, hosts, every: '50ms', timeout: '2s' });
      // Linux says so a few times in a row and then once a second; the rest is lost.
      const failed = (host: string) =>
        probe.ended(host).filter(({ outcome }) => outcome === 'failed');
      await probe.until(() => hosts.every((host) => failed(host).length >= 2));
      await probe.stop();
      const details = [
        `host unreachable (type 3 code 1), says ${LIVE}`,
        `prohibited by a filter (type 3 code 13), says ${LIVE}`,
        `prohibited by a filter (type 1 code 1), says ${LIVE6}`,
      ];
      for (const [i, host] of hosts.entries()) {
        expect(outcomes(probe.ended(host))).to.not.include('ok');
        for (const ended of failed(host)) {
          expect(ended).to.include({ reason: 'unreachable', detail: details[i] });
        }
      }
    });

    it('a destination without a route cannot be sent to: unsent, not loss', async () => {
      const probe = drive({ engine, hosts: ['192.0.2.1'], every: '20ms' });
      await probe.until(() => inTime(probe.ended()).length >= 3);
      await probe.stop();
      expect(inTime(probe.ended())[0]).to.include({
        outcome: 'unsent',
        reason: 'send-error',
        detail: 'Network is unreachable',
      });
    });

    it('packets dropped for a while are lost, those before and after are ok', async () => {
      const probe = drive({ engine, hosts: [LIVE, LIVE6], every: '20ms', timeout: '100ms' });
      const count = (outcome: string, host: string) =>
        probe.ended(host).filter((ended) => ended.outcome === outcome).length;
      await probe.until(() => count('ok', LIVE) >= 5 && count('ok', LIVE6) >= 5);
      await nft(
        'add rule inet fault in icmp type echo-request drop\nadd rule inet fault in icmpv6 type echo-request drop',
      );
      await probe.until(() => count('lost', LIVE) >= 10 && count('lost', LIVE6) >= 10);
      await nft('flush chain inet fault in');
      const before = { v4: count('ok', LIVE), v6: count('ok', LIVE6) };
      await probe.until(
        () => count('ok', LIVE) >= before.v4 + 10 && count('ok', LIVE6) >= before.v6 + 10,
      );
      await probe.stop();
      for (const host of [LIVE, LIVE6]) {
        const inOrder = [...inTime(probe.ended(host))].sort((a, b) => a.seq - b.seq);
        const runs = inOrder
          .map(({ outcome }) => outcome)
          .filter((outcome, i, all) => outcome !== all[i - 1]);
        expect(runs).to.deep.equal(['ok', 'lost', 'ok']);
      }
    });

    it('an answer from another address is not the target’s: lost, and named', async () => {
      await nft(
        `add rule inet fault out icmp type echo-reply ip saddr ${LIVE} ip saddr set 10.81.0.3`,
      );
      const probe = drive({ engine, hosts: [LIVE], every: '20ms', timeout: '100ms' });
      await probe.until(() => inTime(probe.ended()).length >= 10);
      await probe.stop();
      for (const ended of inTime(probe.ended())) {
        expect(ended).to.include({
          outcome: 'lost',
          detail: 'answered by 10.81.0.3, which is not the target',
        });
      }
    });

    it('answers that come twice are counted as duplicates and as one sample', async () => {
      await nft(
        'add table netdev twice\nadd chain netdev twice out { type filter hook egress device "down0" priority 0; }\nadd rule netdev twice out icmp type echo-reply dup to "down0"',
      );
      const probe = drive({ engine, hosts: [LIVE], every: '20ms' });
      const duplicates = () =>
        probe.lines.filter((line) => 'event' in line && line.event === 'duplicate');
      await probe.until(() => duplicates().length >= 5);
      await probe.stop();
      await nft('delete table netdev twice');
      expect(outcomes(probe.ended())).to.deep.equal(new Set(['ok']));
      const seqs = probe.ended().map(({ seq }) => seq);
      expect(new Set(seqs).size).to.equal(seqs.length);
    });
  });
