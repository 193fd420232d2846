import { expect } from 'chai';
import fc from 'fast-check';
import { createReorder } from '../../src/analysis/reorder.ts';
import type { Row } from '../../src/analysis/row.ts';

function row(seq: number): Row {
  const due = 100 + seq * 10;
  return {
    seq,
    due,
    sent: due,
    outcome: 'ok',
    reason: 'none',
    flags: 0,
    latency: 1,
    timings: null,
  };
}

function through(seqs: readonly number[], until: number | null = null, maxPending?: number) {
  const passed: Row[] = [];
  const reorder = createReorder(10, (next) => passed.push(next), maxPending);
  for (const seq of seqs) reorder.add(row(seq));
  const live = passed.map(({ seq }) => seq);
  reorder.finish(until);
  return { live, passed };
}

describe('reorder', () => {
  it('passes each seq on once and in order, whatever the order of arrival', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50), { minLength: 1 }), (seqs) => {
        const { passed } = through(seqs);
        const last = Math.max(...seqs);
        expect(passed.map(({ seq }) => seq)).to.deep.equal(
          Array.from({ length: last + 1 }, (_, seq) => seq),
        );
        for (const { seq, due, reason } of passed) {
          expect(due).to.equal(100 + seq * 10);
          expect(reason).to.equal(seqs.includes(seq) ? 'none' : 'unrecorded');
        }
      }),
    );
  });

  it('holds back what comes before its turn', () => {
    expect(through([1, 2, 0, 4]).live).to.deep.equal([0, 1, 2]);
  });

  it('gives a gap up when too many wait behind it', () => {
    expect(through([0, 2, 3, 4, 5], null, 3).live).to.deep.equal([0, 1, 2, 3, 4, 5]);
  });

  it('fills what is missing at the end of the run, when that is known', () => {
    const { passed } = through([0, 1], 140);
    expect(passed.map(({ due, outcome }) => [due, outcome])).to.deep.equal([
      [100, 'ok'],
      [110, 'ok'],
      [120, 'unsent'],
      [130, 'unsent'],
    ]);
    expect(through([0, 1]).passed.length).to.equal(2);
  });
});
