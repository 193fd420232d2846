import { expect } from 'chai';
import { icmpConfig } from '../../../probes/icmp/config.ts';
import { icmp } from '../../../probes/icmp/index.ts';

describe('icmp config', () => {
  it('needs hosts only', () => {
    expect(
      icmpConfig.parse({ hosts: ['10.0.0.5', 'fe80::1%eth0', 'vm-1.example.org'] }),
    ).to.deep.equal({
      hosts: ['10.0.0.5', 'fe80::1%eth0', 'vm-1.example.org'],
      every: 100e6,
      timeout: 1e9,
      size: 56,
    });
  });

  const bad: readonly (readonly [string, Record<string, unknown>, string])[] = [
    ['no host', { hosts: [] }, 'name at least one host'],
    [
      'an address that is none',
      { hosts: ['10.0.0.256'] },
      '"10.0.0.256" is not an IP address or a host name',
    ],
    ['a URL', { hosts: ['http://x/'] }, '"http://x/" is not an IP address or a host name'],
    [
      'a multicast address',
      { hosts: ['224.0.0.1'] },
      '224.0.0.1 is multicast: no one host answers for it',
    ],
    ['the unspecified address', { hosts: ['::'] }, ':: is unspecified: no one host answers for it'],
    ['a host twice', { hosts: ['a', 'b', 'a'] }, 'a is listed twice'],
    ['an interval of nothing', { hosts: ['a'], every: '0ms' }, 'must be longer than 0'],
    ['an interval below 1ms', { hosts: ['a'], every: '10us' }, 'the shortest interval is 1ms'],
    ['a timeout out of bounds', { hosts: ['a'], timeout: '2m' }, 'must be between 10ms and 60s'],
    ['a key nobody knows', { hosts: ['a'], evry: '1s' }, 'Unrecognized key: "evry"'],
    [
      'too many in flight',
      { hosts: ['a', 'b'], every: '1ms', timeout: '20s', engine: 'net-ping' },
      'more than 32768 pings would be in flight at once',
    ],
  ];
  for (const [what, config, message] of bad) {
    it(`refuses ${what}`, () => {
      const messages = icmpConfig.safeParse(config).error?.issues.map((issue) => issue.message);
      expect(messages).to.include(message);
    });
  }

  it('refuses a rate one process cannot measure honestly', () => {
    const hosts = Array.from({ length: 20 }, (_, i) => `10.0.0.${String(i)}`);
    const [issue] =
      icmpConfig.safeParse({ hosts, every: '2ms', engine: 'net-ping' }).error?.issues ?? [];
    expect(issue?.message).to.contain('10000 pings a second');
  });

  it('spreads the hosts over the interval', () => {
    const config = icmpConfig.parse({ hosts: ['a', 'b', 'c', 'd'], every: '20ms', timeout: '1s' });
    expect(icmp.targets(config).map(({ offsetNs }) => offsetNs)).to.deep.equal([
      0, 5e6, 10e6, 15e6,
    ]);
    expect(icmp.targets(config)[3]).to.deep.include({
      name: 'd',
      intervalNs: 20e6,
      timeoutNs: 1e9,
    });
  });
});
