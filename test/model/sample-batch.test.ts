import { expect } from 'chai';
import fc from 'fast-check';
import { OUTCOMES, REASONS, type Sample } from '../../src/model/sample.ts';
import { batchOf, rowOf } from '../../src/model/sample-batch.ts';

const time = fc.nat(2 ** 31 - 1);
/** A row that tells no stage is one without timings. */
const timings = fc
  .record({
    dns: fc.option(time),
    connect: fc.option(time),
    tls: fc.option(time),
    firstByte: fc.option(time),
  })
  .filter((record) => Object.values(record).some((value) => value !== null));
const sample: fc.Arbitrary<Sample> = fc.record({
  target: fc.nat(65_535),
  seq: fc.nat(2 ** 31 - 1),
  due: time,
  sent: fc.option(time),
  latency: fc.option(time),
  outcome: fc.constantFrom(...OUTCOMES),
  reason: fc.constantFrom(...REASONS),
  flags: fc.nat(3),
  detail: fc.option(fc.string()),
  timings: fc.option(timings),
});

describe('sample batch', () => {
  it('gives back the samples it was made of', () => {
    fc.assert(
      fc.property(fc.array(sample), (samples) => {
        const batch = batchOf('vm', samples);
        expect(samples.map((_, row) => rowOf(batch, row))).to.deep.equal(samples);
      }),
    );
  });

  it('refuses a row that is not there', () => {
    expect(() => rowOf(batchOf('vm', []), 0)).to.throw(RangeError);
  });
});
