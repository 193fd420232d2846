import { expect } from 'chai';
import fc from 'fast-check';
import { bounds, percent, shortBounds, upperBound } from '../../src/report/figures.ts';

describe('figures', () => {
  it('shows percentages with three figures', () => {
    const cases = [
      [0, '0%'],
      [100, '100%'],
      [0.6967, '0.697%'],
      [12.345, '12.3%'],
      [0.000412, '0.000412%'],
      [null, '–'],
    ] as const;
    for (const [value, text] of cases) expect(percent(value)).to.equal(text);
  });

  it('never shows a share as 0% that is not 0, nor as 100% that is not all', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 100, noNaN: true }), (value) => {
        expect(percent(value) === '0%').to.equal(value === 0);
        expect(percent(value) === '100%').to.equal(value === 100);
      }),
    );
  });

  it('rounds an upper bound up', () => {
    expect(upperBound(0.1195)).to.equal('0.12%');
    expect(upperBound(0.12)).to.equal('0.12%');
    fc.assert(
      fc.property(fc.double({ min: 0.0001, max: 99, noNaN: true }), (value) => {
        expect(Number(upperBound(value).slice(0, -1))).to.be.at.least(value * (1 - 1e-8));
      }),
    );
  });

  it('shows both bounds of an outage, or says which is missing', () => {
    expect(bounds(340e6, 380e6)).to.equal('340ms to 380ms');
    expect(bounds(340e6, null)).to.equal('at least 340ms');
    expect(bounds(0, 40e6)).to.equal('up to 40ms');
    expect(shortBounds(0, 40e6)).to.equal('≤ 40ms');
  });
});
