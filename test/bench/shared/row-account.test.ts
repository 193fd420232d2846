import { expect } from 'chai';
import { closes, createRowAccount, type RowSum } from '../../../bench/shared/row-account.ts';
import type { Outcome, Reason } from '../../../src/model/sample.ts';

const TARGETS = [0, 5].map((offsetNs) => {
  return { name: String(offsetNs), intervalNs: 10, timeoutNs: 10, offsetNs };
});
const STARTED = 1000;
/** Due by then: 0 to 9 of each. */
const ENDED = { from: STARTED + 96, to: STARTED + 97 };

type Row = readonly [target: number, seq: number, outcome?: Outcome, reason?: Reason];

const ALL: readonly Row[] = [0, 1].flatMap((target) =>
  Array.from({ length: 10 }, (_, seq): Row => [target, seq]),
);

function sumOf(
  rows: readonly Row[],
  blind: readonly { readonly start: number; readonly end: number }[] = [],
  ended = ENDED,
): RowSum & { readonly closes: boolean } {
  const account = createRowAccount(TARGETS);
  for (const [target, seq, outcome = 'ok', reason = 'none'] of rows) {
    account.add(target, seq, STARTED + target * 5 + seq * 10, outcome, reason);
  }
  const sum = account.finish(STARTED, ended, blind);
  return { ...sum, closes: closes(sum, rows.length) };
}

const NOTHING_WRONG = { missing: 0, surplus: 0, workerLost: 0, unsentInSight: 0 };

describe('the bench’s account of rows', () => {
  it('closes when every attempt that was due has its row', () => {
    expect(sumOf(ALL)).to.deep.equal({ due: 20, ...NOTHING_WRONG, closes: true });
    expect(sumOf(ALL.toReversed()).closes).to.equal(true);
  });

  it('counts what the schedule asks for, not the rows: one that is missing is seen wherever it is', () => {
    for (const gone of ALL.keys()) {
      const rows = ALL.filter((_, i) => i !== gone);
      expect(sumOf(rows)).to.deep.equal({ due: 20, ...NOTHING_WRONG, missing: 1, closes: false });
    }
  });

  it('is not closed by a second row for one that is missing', () => {
    const rows = [...ALL.slice(1), [0, 1] as const];
    expect(sumOf(rows)).to.include({ due: 20, missing: 1, surplus: 1, closes: false });
  });

  it('does not close with a row for what was not due', () => {
    expect(sumOf([...ALL, [0, 10]])).to.include({ due: 20, surplus: 1, closes: false });
  });

  it('takes what fell due while the schedule was being ended either way', () => {
    const ended = { from: STARTED + 99, to: STARTED + 101 };
    expect(sumOf(ALL, [], ended).closes).to.equal(true);
    expect(sumOf([...ALL, [0, 10]], [], ended)).to.include({ due: 21, closes: true });
    expect(sumOf([...ALL, [0, 10], [0, 11]], [], ended)).to.include({ surplus: 1, closes: false });
  });

  it('does not close with rows that stand for a lost worker’s', () => {
    const rows: readonly Row[] = [...ALL.slice(1), [0, 0, 'unsent', 'worker-lost']];
    const sum = sumOf(rows, [{ start: 0, end: 2000 }]);
    expect(sum).to.deep.equal({ due: 20, ...NOTHING_WRONG, workerLost: 1, closes: false });
  });

  it('closes with what was unsent only where the run was blind when it was due', () => {
    const rows: readonly Row[] = [
      ...ALL.slice(2),
      [0, 0, 'unsent', 'late'],
      [0, 1, 'unsent', 'late'],
    ];
    expect(sumOf(rows)).to.include({ unsentInSight: 2, closes: false });
    expect(sumOf(rows, [{ start: 1000, end: 1009 }])).to.include({
      unsentInSight: 1,
      closes: false,
    });
    expect(sumOf(rows, [{ start: 1000, end: 1020 }])).to.include({
      unsentInSight: 0,
      closes: true,
    });
  });
});
