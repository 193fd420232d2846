import { expect } from 'chai';
import fc from 'fast-check';
import { createLatency } from '../../src/analysis/latency.ts';
import type { Row } from '../../src/analysis/row.ts';
import { FLAG } from '../../src/model/sample.ts';

function answered(latency: number, change: Partial<Row> = {}): Row {
  return {
    seq: 0,
    due: 0,
    sent: 0,
    outcome: 'ok',
    reason: 'none',
    flags: 0,
    latency,
    timings: null,
    ...change,
  };
}

describe('latency', () => {
  it('has percentiles within the error of the histogram, the rest exact', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 30e9 }), { minLength: 1, maxLength: 400 }),
        (values) => {
          const latency = createLatency();
          for (const value of values) latency.add(answered(value), 'upgrade');
          const summary = latency.finish().usable.upgrade;
          const sorted = values.toSorted((a, b) => a - b);
          const rank = (p: number) =>
            sorted[Math.max(1, Math.ceil((p / 100) * sorted.length)) - 1] ?? 0;
          const near = (seen: number | undefined, exact: number) => {
            expect(seen).to.be.closeTo(exact, Math.max(64, exact / 1000));
          };
          near(summary?.p50, rank(50));
          near(summary?.p90, rank(90));
          near(summary?.p99, rank(99));
          expect(summary?.min).to.equal(sorted[0]);
          expect(summary?.max).to.equal(sorted.at(-1));
          expect(summary?.mean).to.be.closeTo(values.reduce((a, b) => a + b, 0) / values.length, 1);
          expect(summary?.count).to.equal(values.length);
        },
      ),
    );
  });

  it('leaves out what is not ok and what a stall of the verifier touched', () => {
    const latency = createLatency();
    latency.add(answered(5e6), 'baseline');
    latency.add(answered(9e9, { flags: FLAG.disturbed }), 'baseline');
    latency.add(answered(9e9, { flags: FLAG.late }), 'baseline');
    latency.add(answered(9e9, { outcome: 'failed', reason: 'http-5xx' }), 'baseline');
    latency.add(answered(9e9), null);
    expect(latency.finish().usable.baseline).to.include({ count: 1, max: 5e6 });
  });

  it('bounds what a stall disturbed by when it was read', () => {
    const latency = createLatency();
    for (let i = 0; i < 98; i++) latency.add(answered(5e6), 'upgrade');
    for (let i = 0; i < 2; i++) latency.add(answered(1e9, { flags: FLAG.disturbed }), 'upgrade');
    const { usable, atMost } = latency.finish();
    expect(usable.upgrade).to.include({ count: 98, max: 5e6 });
    expect(atMost.upgrade).to.include({ count: 100, min: 5e6, max: 1e9 });
    expect(atMost.upgrade?.mean).to.be.closeTo((98 * 5e6 + 2e9) / 100, 1);
    expect(atMost.upgrade?.p99).to.be.closeTo(1e9, 1e6);
    expect(atMost.baseline).to.equal(null);
  });

  it('keeps phases apart, and a phase without an answer empty', () => {
    const latency = createLatency();
    latency.add(answered(1e6), 'baseline');
    latency.add(answered(8e6), 'upgrade');
    const { baseline, upgrade, settle } = latency.finish().usable;
    expect([baseline?.p99, upgrade?.min, settle]).to.deep.equal([1e6, 8e6, null]);
  });

  it('takes 0 and what is longer than any timeout', () => {
    const latency = createLatency();
    latency.add(answered(0), 'upgrade');
    latency.add(answered(1e15), 'upgrade');
    expect(latency.finish().usable.upgrade).to.include({ min: 0, max: 1e15, count: 2 });
  });
});
