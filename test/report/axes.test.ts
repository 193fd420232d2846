import { expect } from 'chai';
import fc from 'fast-check';
import { decades, timeTicks } from '../../src/report/axes.ts';
import { ANCHOR } from './fixture.ts';

describe('axes', () => {
  it('mark round clock times', () => {
    const ticks = timeTicks(ANCHOR, 0, 50e9, 10);
    expect(ticks.map(({ label }) => label)).to.deep.equal([
      '03:14:50',
      '03:14:55',
      '03:15:00',
      '03:15:05',
      '03:15:10',
      '03:15:15',
      '03:15:20',
      '03:15:25',
      '03:15:30',
      '03:15:35',
    ]);
  });

  it('mark times of a run of any length, within it and not too many', () => {
    fc.assert(
      fc.property(fc.nat(1e9), fc.double({ min: 1, max: 3e15, noNaN: true }), (start, span) => {
        const ticks = timeTicks(ANCHOR, start, start + span, 10);
        expect(ticks.length).to.be.at.most(11);
        for (const { at } of ticks) expect(at).to.be.within(start, start + span);
      }),
    );
  });

  it('span the values with powers of ten', () => {
    expect(decades(2e5, 3e6)).to.deep.equal([1e5, 1e6, 1e7]);
    expect(decades(5e5, 5e5)).to.deep.equal([1e5, 1e6]);
    expect(decades(1e6, 1e6)).to.deep.equal([1e6, 1e7]);
  });
});
