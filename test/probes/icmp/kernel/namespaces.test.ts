import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { execa } from 'execa';
import { CodedError } from '../../../../src/errors/coded-error.ts';
import { canMakeNamespaces } from '../../../../src/platform/privileges.ts';
import { drivePings, inTime, outcomes } from '../drive-pings.ts';
import { openHostileHost } from './hostile-host.ts';
import { pingHere, stopPingsHere } from './ping-here.ts';

const tag = String(process.pid);
/** The verifier's, a router's and a host's; and that of a tenant who has the host's address, too, but nobody there. */
const VERIFIER = `rp-kern-v-${tag}`;
const ROUTER = `rp-kern-r-${tag}`;
const HOST = `rp-kern-h-${tag}`;
const TENANT = `rp-kern-t-${tag}`;
const NEAR = '10.91.0.254';
const FAR = '10.92.0.2';
const FAR6 = 'fd92::2';
/** Of the link between router and host. */
const FAR_MTU = 1450;

const from = { netns: VERIFIER };
const quick = { every: '20ms', timeout: '300ms', from };

const in_ = (namespace: string, ...command: readonly string[]) =>
  execa('ip', ['netns', 'exec', namespace, ...command]);
const nft = (namespace: string, rules: string) =>
  execa('ip', ['netns', 'exec', namespace, 'nft', '-f', '-'], { input: rules });

const topology = `
set -e
ip netns add ${VERIFIER}
ip netns add ${ROUTER}
ip netns add ${HOST}
ip netns add ${TENANT}
ip -n ${VERIFIER} link set lo up
ip -n ${ROUTER} link set lo up
ip -n ${TENANT} link set lo up
ip -n ${VERIFIER} link add up0 type veth peer name near0 netns ${ROUTER}
ip -n ${ROUTER} link add far0 mtu ${String(FAR_MTU)} type veth peer name down0 mtu ${String(FAR_MTU)} netns ${HOST}
ip -n ${TENANT} link add up0 type veth peer name other0 netns ${HOST}
ip -n ${VERIFIER} addr add 10.91.0.1/24 dev up0
ip -n ${VERIFIER} addr add 10.91.0.7/24 dev up0
ip -n ${VERIFIER} addr add fd91::1/64 dev up0 nodad
ip -n ${ROUTER} addr add ${NEAR}/24 dev near0
ip -n ${ROUTER} addr add 10.91.0.253/24 dev near0
ip -n ${ROUTER} addr add fd91::fe/64 dev near0 nodad
ip -n ${ROUTER} addr add fe80::fe/64 dev near0 nodad
ip -n ${ROUTER} addr add 10.92.0.254/24 dev far0
ip -n ${ROUTER} addr add fd92::fe/64 dev far0 nodad
ip -n ${HOST} addr add ${FAR}/24 dev down0
ip -n ${HOST} addr add ${FAR6}/64 dev down0 nodad
ip -n ${TENANT} addr add 10.92.0.1/24 dev up0
for n in "${VERIFIER} up0" "${ROUTER} near0" "${ROUTER} far0" "${HOST} down0" "${TENANT} up0"; do ip -n \${n% *} link set \${n#* } up; done
ip netns exec ${ROUTER} sysctl -qw net.ipv4.ip_forward=1 net.ipv4.icmp_ratelimit=0 net.ipv4.icmp_msgs_per_sec=100000 net.ipv4.icmp_msgs_burst=10000 net.ipv6.conf.all.forwarding=1 net.ipv6.icmp.ratelimit=0
ip netns exec ${VERIFIER} sysctl -qw net.ipv4.ping_group_range="0 0"
ip -n ${VERIFIER} route add default via ${NEAR}
ip -n ${VERIFIER} -6 route add default via fd91::fe
ip -n ${HOST} route add default via 10.92.0.254
ip -n ${HOST} -6 route add default via fd92::fe
ip -n ${ROUTER} route add 10.93.0.0/16 via ${FAR}
ip -n ${ROUTER} -6 route add unreachable fd93:1::/64
ip -n ${ROUTER} -6 route add prohibit fd93:2::/64
# Addresses of IPv6 are not there at once.
ip netns exec ${VERIFIER} ping -q -6 -c 1 -w 10 ${FAR6} >/dev/null
`;

describe('kernel engine in network namespaces', () => {
  before(async function () {
    if (!(await canMakeNamespaces())) {
      if (process.env['CI'] !== undefined) throw new Error('needs root, iproute2 and nftables');
      console.log('      skipped: needs root, iproute2 and nftables');
      this.skip();
    }
    await execa('sh', ['-c', topology]);
    // Routes of IPv4 that say so say it only once a second.
    await nft(
      ROUTER,
      `table ip refuse { chain over { type filter hook forward priority 0;
        ip daddr 10.93.1.0/24 reject with icmp type host-unreachable
        ip daddr 10.93.2.0/24 reject with icmp type admin-prohibited
      }; }`,
    );
  });

  afterEach(stopPingsHere);

  after(async () => {
    for (const name of [VERIFIER, ROUTER, HOST, TENANT])
      await execa('ip', ['netns', 'del', name], { reject: false });
  });

  it('tells one address in two namespaces apart: alive in one, dead in the other', async () => {
    const alive = await pingHere({ ...quick, hosts: [FAR] });
    const dead = await pingHere({ ...quick, hosts: [FAR], from: { netns: TENANT } });
    await alive.until(
      () => inTime(alive.ended()).length >= 20 && inTime(dead.ended()).length >= 10,
    );
    await Promise.all([alive.stop(), dead.stop()]);
    expect(outcomes(alive.ended())).to.deep.equal(new Set(['ok']));
    expect(outcomes(dead.ended())).to.not.include('ok');
    expect(outcomes(dead.ended())).to.not.include('unsent');
  });

  it('leaves the namespace again', async () => {
    const own = await readFile('/proc/thread-self/net/dev', 'utf8');
    const pings = await pingHere({ ...quick, hosts: [NEAR] });
    expect(await readFile('/proc/thread-self/net/dev', 'utf8')).to.not.contain('up0');
    expect(own).to.not.contain('up0');
    await pings.stop();
  });

  it('names a namespace that is not there', async () => {
    const error = await pingHere({ hosts: [FAR], from: { netns: 'rp-nowhere' } }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).to.be.instanceOf(CodedError);
    expect(error).to.include({ code: 'probe-config' });
    expect(error).to.have.property('message').that.contains('rp-nowhere');
    expect(error).to.have.property('hint').that.contains('ip netns list');
  });

  it('pings IPv6 over a router, and a link-local address on an interface of the namespace', async () => {
    const hosts = [FAR6, 'fe80::fe%up0', 'fd92::dead'];
    const pings = await pingHere({ ...quick, hosts });
    await pings.until(() => hosts.every((host) => inTime(pings.ended(host)).length >= 5));
    await pings.stop();
    expect(outcomes(pings.ended(FAR6))).to.deep.equal(new Set(['ok']));
    expect(outcomes(pings.ended('fe80::fe%up0'))).to.deep.equal(new Set(['ok']));
    expect(outcomes(pings.ended('fd92::dead'))).to.not.include('ok');
  });

  it('names an interface that is not in the namespace', async () => {
    const error = await pingHere({ ...quick, hosts: ['fe80::fe%near0'] }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).to.be.instanceOf(CodedError);
    expect(error).to.have.property('message').that.contains('no such network interface');
  });

  for (const datagram of [false, true])
    describe(`on ${datagram ? 'datagram' : 'raw'} sockets`, () => {
      it('a router’s errors are failures with their code and its address', async () => {
        const expected: Readonly<Record<string, string>> = {
          '10.93.1.1': `host unreachable (type 3 code 1), says ${NEAR}`,
          '10.93.2.1': `prohibited by a filter (type 3 code 13), says ${NEAR}`,
          'fd93:1::1': 'no route to the destination (type 1 code 0), says fd91::fe',
          'fd93:2::1': 'prohibited by a filter (type 1 code 1), says fd91::fe',
        };
        const hosts = [...Object.keys(expected), FAR, FAR6];
        const pings = await pingHere({ ...quick, hosts }, { datagram });
        await pings.until(() => hosts.every((host) => inTime(pings.ended(host)).length >= 20));
        await pings.stop();
        for (const [host, detail] of Object.entries(expected)) {
          for (const row of inTime(pings.ended(host)))
            expect(row).to.include({ outcome: 'failed', reason: 'unreachable', detail });
        }
        // Their errors wait at the socket of these: nothing of theirs is failed or unsent for it.
        for (const host of [FAR, FAR6]) {
          for (const row of inTime(pings.ended(host)))
            expect(row).to.include({ outcome: 'ok', detail: null });
        }
      });

      it('a time to live that ends on the way is one, too', async () => {
        const pings = await pingHere({ ...quick, hosts: [FAR, FAR6, NEAR], ttl: 1 }, { datagram });
        const hosts = [FAR, FAR6, NEAR];
        await pings.until(() => hosts.every((host) => inTime(pings.ended(host)).length >= 3));
        await pings.stop();
        expect(inTime(pings.ended(FAR))[0]?.detail).to.equal(
          `time to live exceeded (type 11 code 0), says ${NEAR}`,
        );
        expect(inTime(pings.ended(FAR6))[0]?.detail).to.equal(
          'time to live exceeded (type 3 code 0), says fd91::fe',
        );
        expect(outcomes(pings.ended(FAR))).to.deep.equal(new Set(['failed']));
        expect(outcomes(pings.ended(NEAR))).to.deep.equal(new Set(['ok']));
      });

      it('a packet too big for a link on the way is one, with the MTU of that link', async () => {
        const config = { ...quick, hosts: [FAR], df: true, size: FAR_MTU - 28 + 1 };
        const pings = await pingHere(config, { datagram });
        await pings.until(() => inTime(pings.ended()).length >= 3);
        await pings.stop();
        for (const row of inTime(pings.ended()))
          expect(row).to.include({
            outcome: 'failed',
            detail: `packet too big, MTU 1450 (type 3 code 4), says ${NEAR}`,
          });
      });
    });

  it('`mtu` that the path carries exactly is ok, one byte more is refused by the router', async () => {
    const hosts = [FAR, FAR6];
    const pings = await pingHere({ ...quick, hosts, mtu: FAR_MTU });
    const names = [...hosts, ...hosts.map((host) => `${host} refuses 1451 bytes`)];
    await pings.until(() => names.every((name) => inTime(pings.ended(name)).length >= 2));
    await pings.stop();
    for (const name of names)
      expect(outcomes(pings.ended(name)), name).to.deep.equal(new Set(['ok']));
    expect(inTime(pings.ended(names[2] ?? ''))[0]?.detail).to.contain('packet too big, MTU 1450');
    expect(inTime(pings.ended(names[3] ?? ''))[0]?.detail).to.contain('packet too big, MTU 1450');
  });

  it('`mtu` that is the link’s is refused one byte more by this machine', async () => {
    const hosts = [NEAR, 'fd91::fe'];
    const pings = await pingHere({ ...quick, hosts, mtu: 1500 });
    const names = [...hosts, ...hosts.map((host) => `${host} refuses 1501 bytes`)];
    await pings.until(() => names.every((name) => inTime(pings.ended(name)).length >= 1));
    await pings.stop();
    for (const name of names)
      expect(outcomes(pings.ended(name)), name).to.deep.equal(new Set(['ok']));
    for (const name of names.slice(2))
      expect(inTime(pings.ended(name))[0]?.detail, name).to.contain('refused by this machine');
  });

  it('`mtu` that is larger than the path’s fails, and one that is smaller is not its MTU', async () => {
    const large = await pingHere({ ...quick, hosts: [FAR], mtu: 1460 });
    const small = await pingHere({ ...quick, hosts: [FAR], mtu: 1400 });
    const beyond = `${FAR} refuses 1401 bytes`;
    await large.until(
      () => inTime(large.ended(FAR)).length >= 3 && inTime(small.ended(beyond)).length >= 1,
    );
    await Promise.all([large.stop(), small.stop()]);
    expect(outcomes(large.ended(FAR))).to.deep.equal(new Set(['failed']));
    expect(outcomes(small.ended(FAR))).to.deep.equal(new Set(['ok']));
    expect(inTime(small.ended(beyond))[0]).to.include({
      outcome: 'failed',
      reason: 'content',
      detail: 'answered: 1401 bytes passed',
    });
  });

  it('`df`, `tos`, `ttl`, `source` and `size` are on the wire as they are asked for', async () => {
    await nft(
      ROUTER,
      `table ip wire {
        counter right {}
        counter every {}
        chain in { type filter hook prerouting priority 0;
          icmp type echo-request counter name every
          icmp type echo-request ip dscp ef ip ecn not-ect ip ttl 7 ip saddr 10.91.0.7 ip length 128 ip frag-off 0x4000 counter name right
        }
      }`,
    );
    const config = { hosts: [FAR], df: true, tos: 184, ttl: 7, source: '10.91.0.7', size: 100 };
    const pings = await pingHere({ ...quick, ...config });
    await pings.until(() => inTime(pings.ended()).length >= 5);
    await pings.stop();
    const { stdout } = await in_(ROUTER, 'nft', 'list', 'table', 'ip', 'wire');
    await nft(ROUTER, 'delete table ip wire');
    const [right, every] = ['right', 'every'].map((name) =>
      Number(new RegExp(`counter ${name} \\{\\s+packets (\\d+)`).exec(stdout)?.[1]),
    );
    expect(outcomes(pings.ended())).to.deep.equal(new Set(['ok']));
    expect(every).to.be.at.least(5);
    expect(right).to.equal(every);
  });

  it('without `df` a packet larger than a link is cut up and answered whole', async () => {
    const pings = await pingHere({ ...quick, hosts: [FAR], size: 4000 });
    await pings.until(() => inTime(pings.ended()).length >= 5);
    await pings.stop();
    expect(outcomes(pings.ended())).to.deep.equal(new Set(['ok']));
  });

  it('refuses a source that is no address of the namespace', async () => {
    const error = await pingHere({ ...quick, hosts: [FAR], source: '10.91.0.99' }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).to.be.instanceOf(CodedError);
    expect(error).to.have.property('message').that.contains('10.91.0.99');
    expect(error).to.have.property('hint').that.contains(VERIFIER);
  });

  it('a hostile host beside other people’s flood of pings loses nothing and forges nothing', async () => {
    const hostile = await openHostileHost(ROUTER, '10.91.0.253');
    const flood = in_(VERIFIER, 'ping', '-q', '-f', '-i', '0.001', '-w', '30', '10.91.0.253');
    flood.catch(() => undefined);
    const config = { hosts: [NEAR, '10.91.0.99'], every: '10ms', timeout: '2s', from };
    const pings = await pingHere(config);
    await pings.until(() => inTime(pings.ended(NEAR)).length >= 60, hostile.turn);
    const seen = hostile.forged();
    flood.kill('SIGKILL');
    await Promise.all([flood.catch(() => undefined), pings.stop()]);
    hostile.close();
    expect(seen).to.be.greaterThan(60);
    expect(outcomes(pings.ended(NEAR))).to.deep.equal(new Set(['ok']));
    expect(outcomes(pings.ended('10.91.0.99'))).to.not.include('ok');
    const counted = (what: string) =>
      pings.events
        .filter((event) => event.what === what)
        .reduce((sum, { detail }) => sum + Number(detail['count']), 0);
    expect(counted('duplicate')).to.be.greaterThan(0);
    const seqs = pings.ended(NEAR).map(({ seq }) => seq);
    expect(new Set(seqs).size).to.equal(seqs.length);
  });

  it('what a local firewall refuses to send is unsent, not loss', async () => {
    const pings = await pingHere({ ...quick, hosts: [NEAR, 'fd91::fe'] });
    await pings.until(() => inTime(pings.ended()).length >= 5);
    await nft(
      VERIFIER,
      'table inet fault { chain out { type filter hook output priority 0; icmp type echo-request drop; icmpv6 type echo-request drop; }; }',
    );
    const unsent = () => pings.ended().filter(({ reason }) => reason === 'send-error');
    await pings.until(() => unsent().length >= 10);
    await nft(VERIFIER, 'delete table inet fault');
    const before = pings.ended().length;
    await pings.until(() => inTime(pings.ended()).length >= before + 10);
    await pings.stop();
    expect(outcomes(pings.ended())).to.deep.equal(new Set(['ok', 'unsent']));
    expect(unsent()[0]).to.include({ outcome: 'unsent', detail: 'Operation not permitted' });
    expect(inTime(pings.ended()).at(-1)?.outcome).to.equal('ok');
  });

  describe('as another user', () => {
    const nobody = [
      ...['ip', 'netns', 'exec', VERIFIER, 'setpriv'],
      ...['--reuid=nobody', '--regid=nogroup', '--clear-groups'],
    ];

    it('in a group that may, pings from a datagram socket, and says so', async () => {
      await in_(VERIFIER, 'sysctl', '-qw', 'net.ipv4.ping_group_range=0 2147483647');
      const hosts = [FAR, FAR6, '10.93.2.1'];
      const pings = drivePings({ hosts, every: '20ms', timeout: '300ms' }, { before: nobody });
      const failed = () => pings.ended('10.93.2.1').filter(({ outcome }) => outcome === 'failed');
      const ok = (host: string) => inTime(pings.ended(host)).length >= 3;
      await pings.until(() => ok(FAR) && ok(FAR6) && failed().length > 0);
      await pings.stop();
      expect(pings.lines[0]).to.deep.equal({ engine: 'kernel, datagram socket' });
      for (const host of [FAR, FAR6])
        expect(outcomes(pings.ended(host))).to.deep.equal(new Set(['ok']));
      expect(failed()[0]?.detail).to.equal(`prohibited by a filter (type 3 code 13), says ${NEAR}`);
    });

    it('in a group that may not, is refused before the run, and told what would permit it', async () => {
      await in_(VERIFIER, 'sysctl', '-qw', 'net.ipv4.ping_group_range=1 0');
      const { exitCode, stderr } = await drivePings({ hosts: [FAR] }, { before: nobody }).failure();
      expect(exitCode).to.equal(5);
      expect(stderr).to.contain('icmp-not-permitted');
      expect(stderr).to.contain('lacks the capability CAP_NET_RAW');
      expect(stderr).to.contain('net.ipv4.ping_group_range (now: 1 0)');
      expect(stderr).to.contain('sysctl -w net.ipv4.ping_group_range=');
      expect(stderr).to.contain('sudo setcap cap_net_raw+ep "$(readlink -f "$(command -v node)")"');
    });

    it('that may enter a namespace but not ping there, is told of the sysctl of that namespace', async () => {
      // Another than ours: nobody.
      await in_(VERIFIER, 'sysctl', '-qw', 'net.ipv4.ping_group_range=1 0');
      await in_(ROUTER, 'sysctl', '-qw', 'net.ipv4.ping_group_range=0 7');
      const withoutRaw = ['setpriv', '--bounding-set', '-net_raw', '--inh-caps', '-net_raw'];
      const before = ['ip', 'netns', 'exec', ROUTER, ...withoutRaw];
      const { exitCode, stderr } = await drivePings({ hosts: [FAR], from }, { before }).failure();
      expect(exitCode).to.equal(5);
      expect(stderr).to.contain(`in the network namespace ${VERIFIER}`);
      expect(stderr).to.contain('net.ipv4.ping_group_range (now: 1 0)');
      expect(stderr).to.contain(
        `sudo ip netns exec ${VERIFIER} sysctl -w net.ipv4.ping_group_range="0 2147483647"`,
      );
    });
  });

  it('a process that stands still loses nothing: what was not sent is unsent, and the sum closes', async () => {
    const pings = drivePings({ hosts: [NEAR, FAR], every: '10ms', timeout: '100ms', from });
    const count = () => pings.ended(FAR).length;
    await pings.until(() => count() >= 20);
    process.kill(pings.pid, 'SIGSTOP');
    // Far longer than what is in flight may take.
    await execa('sleep', ['1']);
    process.kill(pings.pid, 'SIGCONT');
    const before = count();
    await pings.until(() => count() >= before + 60);
    await pings.stop();
    for (const host of [NEAR, FAR]) {
      const ended = pings.ended(host);
      const not = ended.filter(({ outcome }) => outcome !== 'ok');
      expect(new Set(not.map(({ outcome, reason }) => `${outcome} ${reason}`))).to.deep.equal(
        new Set(['unsent late']),
      );
      const seqs = ended.map(({ seq }) => seq).sort((a, b) => a - b);
      expect(seqs).to.deep.equal(seqs.map((_, i) => i));
    }
    const blind = pings.lines.filter((line) => 'event' in line && line.event === 'late');
    expect(blind).to.not.deep.equal([]);
  });

  describe('where koffi cannot be loaded', () => {
    const imports = [fileURLToPath(new URL('../fixtures/without-koffi.mjs', import.meta.url))];

    it('net-ping measures', async () => {
      const before = ['ip', 'netns', 'exec', VERIFIER];
      const pings = drivePings({ hosts: [NEAR], every: '20ms' }, { before, imports });
      await pings.until(() => inTime(pings.ended()).length >= 3);
      await pings.stop();
      expect(pings.lines[0]).to.deep.equal({ engine: 'net-ping, raw socket' });
      expect(outcomes(pings.ended())).to.deep.equal(new Set(['ok']));
    });

    it('the kernel engine is refused by name, with how to get it', async () => {
      const pings = drivePings({ hosts: [NEAR], engine: 'kernel' }, { imports });
      const { exitCode, stderr } = await pings.failure();
      expect(exitCode).to.equal(5);
      expect(stderr).to.contain('probe-config');
      expect(stderr).to.contain("Cannot find package 'koffi'");
      expect(stderr).to.contain('npm install --include=optional');
    });

    it('what only the kernel engine can do is refused, not left out in silence', async () => {
      const pings = drivePings({ hosts: [NEAR], mtu: 1450 }, { imports });
      const { exitCode, stderr } = await pings.failure();
      expect(exitCode).to.not.equal(0);
      expect(stderr).to.contain('it cannot do `mtu`');
    });
  });
});
