import { expect } from 'chai';
import { clockChanges } from '../../src/engine/clock-watch.ts';

const S = 1e9;
const HOUR = 3600 * S;
const before = { at: 10 * S, wallNs: 1000 * S, bootNs: 500 * S };

describe('clock watch', () => {
  it('sees nothing when all clocks run alike', () => {
    const now = { at: 11 * S, wallNs: 1001 * S, bootNs: 501 * S };
    expect(clockChanges(before, now)).to.deep.equal([]);
  });

  for (const byNs of [HOUR, -HOUR]) {
    it(`calls a wall clock set by ${String(byNs / HOUR)} h a step, and nothing suspended`, () => {
      const now = { at: 11 * S, wallNs: 1001 * S + byNs, bootNs: 501 * S };
      expect(clockChanges(before, now)).to.deep.equal([{ kind: 'stepped', at: 11 * S, byNs }]);
    });
  }

  it('tells that the machine was suspended, and does not call that a step', () => {
    const now = { at: 11 * S, wallNs: 1301 * S, bootNs: 801 * S };
    expect(clockChanges(before, now)).to.deep.equal([
      { kind: 'suspended', start: 10 * S, end: 11 * S, lostNs: 300 * S },
    ]);
  });

  it('does not invent a suspension where boot time is unknown', () => {
    const now = { at: 11 * S, wallNs: 1001 * S, bootNs: null };
    expect(clockChanges(before, now)).to.deep.equal([]);
  });
});
