import { expect } from 'chai';
import fc from 'fast-check';
import { createLatencyOverTime } from '../../src/analysis/latency-over-time.ts';

describe('latency over time', () => {
  it('has at most 600 points of equal width, however long the run, and loses no sample', () => {
    const samples = fc.array(
      fc.record({ due: fc.integer({ min: 0, max: 90 * 86_400e9 }), latency: fc.nat(1e9) }),
      { minLength: 1, maxLength: 2000 },
    );
    fc.assert(
      fc.property(samples, (list) => {
        const fold = createLatencyOverTime();
        for (const { due, latency } of list) fold.add(due, latency);
        const points = fold.finish();
        expect(points.length).to.be.at.most(600);
        expect(points.reduce((sum, { count }) => sum + count, 0)).to.equal(list.length);
        expect(Math.max(...points.map(({ max }) => max))).to.equal(
          Math.max(...list.map(({ latency }) => latency)),
        );
        const back = createLatencyOverTime();
        for (const { due, latency } of list.toReversed()) back.add(due, latency);
        expect(back.finish()).to.deep.equal(points);
      }),
      { numRuns: 30 },
    );
  });

  it('gives the median of a bucket to 2 %', () => {
    const fold = createLatencyOverTime();
    for (const latency of [1e6, 2e6, 3e6, 4e6, 50e6]) fold.add(50e6, latency);
    const [point] = fold.finish();
    expect(point?.p50).to.be.closeTo(3e6, 0.02 * 3e6);
    expect(point).to.include({ at: 0, max: 50e6, count: 5 });
  });
});
