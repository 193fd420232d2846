import { expect } from 'chai';
import fc from 'fast-check';
import { build } from 'hdr-histogram-js';
import { createLatencyHistogram } from '../../src/analysis/latency-histogram.ts';

const MOST = 10_800e9;
const PERCENTILES = [0.1, 25, 50, 90, 99, 99.9, 99.99, 100];

function peer() {
  return build({
    bitBucketSize: 32,
    autoResize: true,
    lowestDiscernibleValue: 64,
    highestTrackableValue: 128,
    numberOfSignificantValueDigits: 3,
  });
}

/** Of any size: as many small ones as large ones, and those around the edges of buckets. */
const latency = fc.oneof(
  fc.integer({ min: 0, max: 300_000 }),
  fc
    .tuple(fc.integer({ min: 0, max: 43 }), fc.integer({ min: -2, max: 2 }))
    .map(([power, by]) => Math.min(MOST, Math.max(0, 2 ** power + by))),
  fc.double({ min: 0, max: 43, noNaN: true }).map((power) => Math.floor(2 ** power)),
);

describe('latency histogram', () => {
  it('has the percentiles of hdr-histogram-js with 3 digits and units of 64 ns', () => {
    fc.assert(
      fc.property(fc.array(latency, { minLength: 1, maxLength: 400 }), (values) => {
        const [ours, theirs] = [createLatencyHistogram(), peer()];
        for (const value of values) {
          ours.add(value);
          theirs.recordValue(value);
        }
        for (const percentile of PERCENTILES) {
          expect(ours.percentile(percentile), String(percentile)).to.equal(
            theirs.getValueAtPercentile(percentile),
          );
        }
        expect(ours.total()).to.equal(values.length);
      }),
      { numRuns: 500 },
    );
  });

  it('poured into another is as if all had been added to it, and can be used again', () => {
    const values = fc.array(latency, { maxLength: 100 });
    fc.assert(
      fc.property(values, values, (some, others) => {
        const [one, other, all] = [
          createLatencyHistogram(),
          createLatencyHistogram(),
          createLatencyHistogram(),
        ];
        for (const value of some) one.add(value);
        for (const value of others) other.add(value);
        for (const value of [...some, ...others]) all.add(value);
        one.pour(other);
        for (const percentile of PERCENTILES) {
          expect(one.percentile(percentile)).to.equal(all.percentile(percentile));
        }
        one.reset();
        expect([one.total(), one.percentile(50)]).to.deep.equal([0, 0]);
        for (const value of others) one.add(value);
        expect(one.percentile(50)).to.equal(other.percentile(50));
      }),
    );
  });

  it('tells 999 of 1,000 from the slowest', () => {
    const histogram = createLatencyHistogram();
    for (let nth = 0; nth < 999; nth++) histogram.add(1000);
    histogram.add(1e9);
    expect(histogram.percentile(99.9)).to.be.below(1100);
    expect(histogram.percentile(99.91)).to.be.above(9e8);
  });
});
