import { expect } from 'chai';
import fc from 'fast-check';
import { createAccount } from '../../src/engine/account.ts';

describe('account', () => {
  it('names exactly what was due and never reported, in order', () => {
    const seqs = fc.uniqueArray(fc.integer({ min: 0, max: 60 }));
    fc.assert(
      fc.property(seqs, fc.integer({ min: 0, max: 80 }), (reported, due) => {
        const account = createAccount();
        for (const seq of reported) expect(account.add(seq)).to.equal(true);
        const until = Math.max(due, ...reported.map((seq) => seq + 1));
        const missing = account.settle(due);
        expect([...missing, ...reported].sort((a, b) => a - b)).to.deep.equal([
          ...Array(until).keys(),
        ]);
        expect(missing).to.deep.equal([...missing].sort((a, b) => a - b));
        expect(account.settle(due)).to.deep.equal([]);
      }),
    );
  });

  it('settles however many were reported beyond one that never came', () => {
    const account = createAccount();
    for (let seq = 1; seq < 200_000; seq++) account.add(seq);
    expect(account.settle(200_001)).to.deep.equal([0, 200_000]);
  });

  it('refuses an attempt that was reported before', () => {
    const account = createAccount();
    expect([0, 2, 2, 0, 1, 1].map((seq) => account.add(seq))).to.deep.equal([
      true,
      true,
      false,
      false,
      true,
      false,
    ]);
    account.settle(5);
    expect(account.add(4)).to.equal(false);
  });
});
