import { expect } from 'chai';
import { planPings } from '../../../probes/icmp/ping-plan.ts';

describe('ping plan', () => {
  it('has a target for each host, ranges spelled out', () => {
    const plan = planPings({ hosts: ['vm', '10.0.0.0/31'], every: 20e6 });
    expect(plan).to.deep.equal(
      ['vm', '10.0.0.0', '10.0.0.1'].map((host) => ({
        name: host,
        host,
        intervalNs: 20e6,
        tooLarge: false,
      })),
    );
  });

  it('with `mtu` has a second one for each that must be refused, at most once a second', () => {
    for (const [every, slower] of [
      [20e6, 1e9],
      [5e9, 5e9],
    ] as const) {
      const plan = planPings({ hosts: ['a', 'b'], every, mtu: 1450 });
      expect(plan.map(({ name }) => name)).to.deep.equal([
        'a',
        'b',
        'a refuses 1451 bytes',
        'b refuses 1451 bytes',
      ]);
      expect(
        plan.map(({ host, tooLarge, intervalNs }) => [host, tooLarge, intervalNs]),
      ).to.deep.equal([
        ['a', false, every],
        ['b', false, every],
        ['a', true, slower],
        ['b', true, slower],
      ]);
    }
  });
});
