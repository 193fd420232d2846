import { expect } from 'chai';
import fc from 'fast-check';
import { blindTime, mergeStretches, type Stretch } from '../../src/analysis/blind-spans.ts';

const stretch: fc.Arbitrary<Stretch> = fc
  .record({
    start: fc.nat(60),
    length: fc.nat(8),
    cause: fc.constantFrom('late' as const, 'verifier-stalled' as const, 'clock-jump' as const),
    stated: fc.boolean(),
  })
  .map(({ start, length, cause, stated }) => ({ start, end: start + length, cause, stated }));

describe('blind stretches', () => {
  it('are merged where they overlap or touch, the earliest cause first', () => {
    const merged = mergeStretches([
      { start: 9, end: 9, cause: 'late', stated: false },
      { start: 3, end: 4, cause: 'verifier-stalled', stated: false },
      { start: 0, end: 2, cause: 'late', stated: false },
      { start: 1, end: 3, cause: 'verifier-stalled', stated: false },
    ]);
    expect(merged.map(({ start, end, cause }) => [start, end, cause])).to.deep.equal([
      [0, 4, 'late'],
      [9, 9, 'late'],
    ]);
  });

  it('take the cause that was stated', () => {
    const [merged] = mergeStretches([
      { start: 0, end: 2, cause: 'late', stated: false },
      { start: 1, end: 3, cause: 'clock-jump', stated: true },
    ]);
    expect(merged?.cause).to.equal('clock-jump');
  });

  it('cover the same instants merged as apart, in any order', () => {
    fc.assert(
      fc.property(fc.array(stretch), fc.array(stretch), (some, more) => {
        const merged = mergeStretches([...some, ...more]);
        const covers = (list: readonly Stretch[], at: number) =>
          list.some(({ start, end }) => start <= at && at <= end);
        for (let at = 0; at <= 70; at += 0.5) {
          expect(covers(merged, at)).to.equal(covers([...some, ...more], at));
        }
        expect(mergeStretches([...more, ...some])).to.deep.equal(merged);
        // Merging a part first, as long runs do, covers the same.
        expect(blindTime([...mergeStretches(some), ...more])).to.equal(blindTime(merged));
      }),
    );
  });
});
