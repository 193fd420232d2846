import { expect } from 'chai';
import fc from 'fast-check';
import { createPacer, dueCount } from '../../src/engine/pacer.ts';
import type { PlannedTarget } from '../../src/model/plan.ts';

const MS = 1e6;
const planned = fc.record({
  name: fc.constant('t'),
  intervalNs: fc.integer({ min: 1, max: 200 }).map((ms) => ms * MS),
  timeoutNs: fc.constant(1000 * MS),
  offsetNs: fc.integer({ min: 0, max: 100 }).map((ms) => ms * MS),
});
const targets = fc.array(planned, { minLength: 1, maxLength: 20 });
/** Time between two wakes: mostly short, now and then a stall. */
const sleeps = fc.array(
  fc.oneof(fc.integer({ min: 0, max: 20 * MS }), fc.integer({ min: 0, max: 3000 * MS })),
  { maxLength: 40 },
);

type Visited = { target: number; seq: number; due: number; late: boolean; at: number };

function walk(list: readonly PlannedTarget[], waits: readonly number[], start: number) {
  const pacer = createPacer(list, start);
  const visited: Visited[] = [];
  let now = start;
  for (const wait of waits) {
    now += wait;
    pacer.take(now, now, (target, seq, due, late) => {
      visited.push({ target, seq, due, late, at: now });
    });
  }
  return { pacer, visited, now };
}

describe('pacer', () => {
  it('visits every attempt that was due exactly once, in order of due time', () => {
    fc.assert(
      fc.property(targets, sleeps, (list, waits) => {
        const start = 5 * MS;
        const { pacer, visited, now } = walk(list, waits, start);
        for (const [index, target] of list.entries()) {
          const own = visited.filter((one) => one.target === index);
          expect(own.map(({ seq }) => seq)).to.deep.equal([...own.keys()]);
          expect(own).to.have.length(waits.length === 0 ? 0 : dueCount(target, start, now));
        }
        const dues = visited.map(({ due }) => due);
        expect(dues).to.deep.equal([...dues].sort((a, b) => a - b));
        expect(pacer.next()).to.be.greaterThan(waits.length === 0 ? -1 : now);
      }),
    );
  });

  it('computes due times from the start alone, whatever the wakes were', () => {
    fc.assert(
      fc.property(targets, sleeps, (list, waits) => {
        for (const { target, seq, due } of walk(list, waits, 7).visited) {
          const { offsetNs = 0, intervalNs = 0 } = list[target] ?? {};
          expect(due).to.equal(7 + offsetNs + seq * intervalNs);
        }
      }),
    );
  });

  it('calls late what would leave later than max(interval, 10 ms) after it was due, and nothing else', () => {
    fc.assert(
      fc.property(targets, sleeps, (list, waits) => {
        for (const { target, due, late, at } of walk(list, waits, 0).visited) {
          const limit = Math.max(list[target]?.intervalNs ?? 0, 10 * MS);
          expect(late).to.equal(at - due > limit);
        }
      }),
    );
  });

  it('takes nothing beyond the end of the schedule, and judges lateness by the clock', () => {
    const target = { name: 't', intervalNs: 20 * MS, timeoutNs: 1000 * MS, offsetNs: 0 };
    const pacer = createPacer([target], 0);
    const seen: [number, boolean][] = [];
    pacer.take(45 * MS, 500 * MS, (_, seq, __, late) => seen.push([seq, late]));
    expect(seen).to.deep.equal([
      [0, true],
      [1, true],
      [2, true],
    ]);
    expect(pacer.next()).to.equal(60 * MS);
  });

  it('never wakes without targets', () => {
    expect(createPacer([], 0).next()).to.equal(Number.POSITIVE_INFINITY);
  });
});
