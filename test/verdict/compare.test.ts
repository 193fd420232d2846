import { expect } from 'chai';
import fc from 'fast-check';
import { compare, comparePercent } from '../../src/verdict/compare.ts';
import { OPERATORS } from '../../src/verdict/objective.ts';

const TRUE: Readonly<Record<(typeof OPERATORS)[number], (a: number, b: number) => boolean>> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

describe('compare', () => {
  it('holds when it does for every value of the range, is violated when it does for none', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...OPERATORS),
        fc.nat(9),
        fc.nat(4),
        fc.nat(14),
        (op, low, width, limit) => {
          const values = Array.from({ length: width * 2 + 1 }, (_, half) => low + half / 2);
          const held = values.filter((value) => TRUE[op](value, limit)).length;
          const answer = held === values.length ? 'holds' : held === 0 ? 'violated' : 'unresolved';
          expect(compare({ low, high: low + width }, op, limit)).to.equal(answer);
        },
      ),
    );
  });

  it('compares a ratio with a percentage exactly', () => {
    expect(comparePercent({ part: 57, whole: 10_000 }, '==', 0.57)).to.equal('holds');
    expect(comparePercent({ part: 1, whole: 3_000_000_000 }, '==', 0)).to.equal('violated');
    expect(comparePercent({ part: 0, whole: 10 }, '==', 0)).to.equal('holds');
    expect(comparePercent({ part: 29, whole: 10_000 }, '<=', 0.29)).to.equal('holds');
    expect(comparePercent({ part: 30, whole: 10_000 }, '<=', 0.29)).to.equal('violated');
  });
});
