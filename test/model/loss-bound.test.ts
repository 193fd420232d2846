import { expect } from 'chai';
import fc from 'fast-check';
import { lossUpperBoundPct } from '../../src/model/loss-bound.ts';

/** P(X ≤ k) by adding up the binomial terms in logarithms: another way than the one under test. */
function atMost(k: number, n: number, p: number): number {
  let logTerm = n * Math.log1p(-p);
  let sum = Math.exp(logTerm);
  for (let i = 1; i <= k; i++) {
    logTerm += Math.log((n - i + 1) / i) + Math.log(p) - Math.log1p(-p);
    sum += Math.exp(logTerm);
  }
  return sum;
}

describe('upper bound of the loss rate', () => {
  it('is 3/n when nothing was lost, and never above 100 %', () => {
    expect(lossUpperBoundPct(0, 0)).to.equal(null);
    expect(lossUpperBoundPct(0, 100)).to.equal(3);
    expect(lossUpperBoundPct(0, 4120)).to.be.closeTo(0.0728, 0.0001);
    expect(lossUpperBoundPct(0, 2)).to.equal(100);
    expect(lossUpperBoundPct(7, 7)).to.equal(100);
  });

  // Computed with exact binomial coefficients.
  for (const [k, n, bound] of [
    [1, 100, 4.655981145],
    [1, 10, 39.41633024],
    [2, 20, 28.26185249],
    [5, 50, 19.88330025],
    [9, 10, 99.48838032],
    [10, 1000, 1.690317512],
  ] as const) {
    it(`is ${String(bound)} % for ${String(k)} of ${String(n)}`, () => {
      expect(lossUpperBoundPct(k, n)).to.be.closeTo(bound, 1e-7);
    });
  }

  it('is the rate at which so few losses have a chance of 5 %', () => {
    const cases = fc
      .integer({ min: 2, max: 5000 })
      .chain((n) => fc.tuple(fc.integer({ min: 1, max: Math.min(n - 1, 400) }), fc.constant(n)));
    fc.assert(
      fc.property(cases, ([k, n]) => {
        const p = (lossUpperBoundPct(k, n) ?? 0) / 100;
        expect(atMost(k, n, p)).to.be.closeTo(0.05, 1e-6);
      }),
    );
  });

  it('rises with every loss and falls with every attempt', () => {
    const cases = fc
      .integer({ min: 3, max: 1_000_000 })
      .chain((n) => fc.tuple(fc.integer({ min: 1, max: n - 2 }), fc.constant(n)));
    fc.assert(
      fc.property(cases, ([k, n]) => {
        const bound = lossUpperBoundPct(k, n) ?? 0;
        expect(bound).to.be.greaterThan((k / n) * 100);
        expect(lossUpperBoundPct(k + 1, n) ?? 0).to.be.greaterThan(bound);
        expect(lossUpperBoundPct(k, n + 1) ?? 0).to.be.lessThan(bound);
      }),
      { numRuns: 50 },
    );
  });
});
