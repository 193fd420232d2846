import { expect } from 'chai';
import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { expandHosts, rangeProblem } from '../../../probes/icmp/hosts.ts';

describe('hosts', () => {
  for (const [range, hosts] of [
    ['10.0.0.0/30', ['10.0.0.1', '10.0.0.2']],
    ['10.0.0.8/31', ['10.0.0.8', '10.0.0.9']],
    ['10.0.0.7/32', ['10.0.0.7']],
    ['10.0.255.252/30', ['10.0.255.253', '10.0.255.254']],
    ['fd00::/126', ['fd00::1', 'fd00::2', 'fd00::3']],
    ['fd00::4/127', ['fd00::4', 'fd00::5']],
    ['fd00::7/128', ['fd00::7']],
    ['FD00::7/128', ['fd00::7']],
  ] as const) {
    it(`of ${range} are ${hosts.join(' and ')}`, () => {
      expect(rangeProblem(range)).to.equal(null);
      expect(expandHosts([range])).to.deep.equal(hosts);
    });
  }

  it('of several entries stand in their order, names and addresses as they are', () => {
    expect(expandHosts(['vm-1', '10.0.0.0/31', 'fe80::1%eth0', '10.0.0.9'])).to.deep.equal([
      'vm-1',
      '10.0.0.0',
      '10.0.0.1',
      'fe80::1%eth0',
      '10.0.0.9',
    ]);
  });

  it('of a range are all within it, each once and in order, without network and broadcast address', () => {
    const four = fc.tuple(fc.ipV4(), fc.integer({ min: 18, max: 32 }));
    const six = fc.tuple(
      fc.constantFrom('fd00::', 'fd00:1:2:3:4:5:6:7', '2001:db8::ffff:ff00'),
      fc.integer({ min: 114, max: 128 }),
    );
    fc.assert(
      fc.property(fc.oneof(four, six), ([text, prefix]) => {
        const parse = (address: string) =>
          BigInt(
            `0x${ipaddr
              .parse(address)
              .toByteArray()
              .map((byte) => byte.toString(16).padStart(2, '0'))
              .join('')}`,
          );
        const width = ipaddr.parse(text).kind() === 'ipv4' ? 32 : 128;
        const size = 1n << BigInt(width - prefix);
        const network = (parse(text) / size) * size;
        const bytes = Array.from({ length: width / 8 }, (_, i) =>
          Number((network >> BigInt(width - 8 - 8 * i)) & 0xffn),
        );
        const range = `${ipaddr.fromByteArray(bytes).toString()}/${String(prefix)}`;
        fc.pre(rangeProblem(range) === null);
        const hosts = expandHosts([range]).map(parse);
        const skipped = size <= 2n ? 0n : width === 32 ? 2n : 1n;
        expect(BigInt(hosts.length)).to.equal(size - skipped);
        const first = network + (size <= 2n ? 0n : 1n);
        for (const [i, host] of hosts.entries()) expect(host).to.equal(first + BigInt(i));
      }),
      { numRuns: 30 },
    );
  });

  it('of the largest range are 16,382', () => {
    const hosts = expandHosts(['10.0.0.0/18']);
    expect([hosts.length, hosts[0], hosts[255], hosts.at(-1)]).to.deep.equal([
      16_382,
      '10.0.0.1',
      '10.0.1.0',
      '10.0.63.254',
    ]);
  });

  for (const [range, problem] of [
    ['10.0.0.0/17', '10.0.0.0/17 holds more than 16384 addresses'],
    ['0.0.0.0/0', '0.0.0.0/0 holds more than 16384 addresses'],
    ['fd00::/64', 'fd00::/64 holds more than 16384 addresses'],
    ['10.0.0.5/28', '10.0.0.5/28 has bits beyond its prefix: the range is 10.0.0.0/28'],
    ['fd00::5/124', 'fd00::5/124 has bits beyond its prefix: the range is fd00::/124'],
    ['10.0.0.0/33', '"10.0.0.0/33" is not a range such as 10.0.0.0/28'],
    ['fd00::/129', '"fd00::/129" is not a range such as 10.0.0.0/28'],
    ['10.0.0/24', '"10.0.0/24" is not a range such as 10.0.0.0/28'],
    ['010.0.0.0/30', '"010.0.0.0/30" is not a range such as 10.0.0.0/28'],
    ['10.0.0.256/32', '"10.0.0.256/32" is not a range such as 10.0.0.0/28'],
    ['10.0.0.0/', '"10.0.0.0/" is not a range such as 10.0.0.0/28'],
    ['224.0.0.0/28', '224.0.0.1 is multicast: no one host answers for it'],
    ['ff02::/126', 'ff02::1 is multicast: no one host answers for it'],
    ['0.0.0.0/32', '0.0.0.0 is unspecified: no one host answers for it'],
    ['255.255.255.254/31', '255.255.255.255 is broadcast: no one host answers for it'],
    ['::/128', ':: is unspecified: no one host answers for it'],
  ] as const) {
    it(`refuses ${range}`, () => {
      expect(rangeProblem(range)).to.equal(problem);
      expect(expandHosts([range])).to.deep.equal([]);
    });
  }

  it('refuses any text it cannot read, without an error', () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^[\d.:a-f]{0,20}\/\d{0,4}$/));
    fc.assert(
      fc.property(text, (range) => {
        const problem = rangeProblem(`${range}/`);
        expect(problem).to.not.equal(null);
        if (rangeProblem(range) !== null && range.includes('/'))
          expect(expandHosts([range])).to.deep.equal([]);
      }),
    );
  });
});
