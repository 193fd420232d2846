import { expect } from 'chai';
import fc from 'fast-check';
import { createStalls } from '../../../../probes/icmp/kernel/stalls.ts';
import { NS_PER_MS as MS } from '../../../../src/model/time.ts';

/** Told the times at which this thread ran and at which the kernel stamped, ms. */
function stallsOf(timeoutMs: number, ran: readonly number[], stamped: readonly number[] = []) {
  const stalls = createStalls(timeoutMs * MS);
  for (const at of ran) stalls.ran(at * MS);
  for (const at of stamped) stalls.stamped(at * MS);
  return {
    hid: (left: number, deadline: number) => stalls.hid(left * MS, deadline * MS),
    doubtful: stalls.doubtful,
  };
}

describe('stalls of the machine', () => {
  for (const [timeoutMs, least] of [
    [10, 5],
    [100, 50],
    [400, 50],
    [1000, 100],
    [60_000, 6000],
  ] as const) {
    it(`are considerable from ${String(least)} ms on where the timeout is ${String(timeoutMs)} ms`, () => {
      for (const [length, hid] of [
        [least, true],
        [least - 1, false],
      ] as const) {
        const { hid: hides } = stallsOf(timeoutMs, [0, length]);
        expect(hides(length - timeoutMs, length)).to.equal(hid);
      }
    });
  }

  it('hide nothing of a flight that they overlap too little, or that went on for long after', () => {
    const { hid } = stallsOf(1000, [0, 500]);
    expect(hid(400, 1400)).to.equal(false);
    expect(hid(-900, 100)).to.equal(true);
    expect(hid(-901, 99)).to.equal(false);
    // What piled up is stamped one after the other.
    expect([hid(-490, 510), hid(-489, 511)]).to.deep.equal([true, false]);
  });

  it('end where the kernel stamped something', () => {
    expect(stallsOf(1000, [0, 1500], [499]).hid(0, 1000)).to.equal(true);
    const steady = Array.from({ length: 149 }, (_, i) => (i + 1) * 10);
    const filled = stallsOf(1000, [0, 1500], steady);
    expect([filled.hid(0, 1000), filled.doubtful()]).to.deep.equal([false, false]);
  });

  it('are forgotten when no ping of that time can wait any more', () => {
    const { hid } = stallsOf(1000, [0, 500, 5000, 6501, 7000]);
    expect(hid(-600, 400)).to.equal(false);
    expect(hid(6000, 7000)).to.equal(true);
  });

  it('are the same in whatever order the stamps are told', () => {
    const stamps = fc.array(fc.integer({ min: 0, max: 2000 }), { maxLength: 30 });
    fc.assert(
      fc.property(stamps, fc.integer({ min: -500, max: 1500 }), (stamped, left) => {
        const sorted = stallsOf(
          500,
          [0, 2000],
          stamped.toSorted((a, b) => a - b),
        );
        const told = stallsOf(500, [0, 2000], stamped);
        expect(told.hid(left, left + 500)).to.equal(sorted.hid(left, left + 500));
      }),
    );
  });
});
