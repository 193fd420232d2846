import { expect } from 'chai';
import { bounded, type Injection } from '../../../bench/icmp/outage-bounds.ts';

type Injected = Injection['outages'][number];

function outages(
  count: number,
  judgement: Injected['judgement'],
  heldUp = false,
): readonly Injected[] {
  const measured = judgement === 'unseen' ? null : { start: 0, atLeast: 10, atMost: 30, heldUp };
  const truth = { start: { from: 0, to: 1 }, end: { from: 20, to: 21 } };
  return Array.from({ length: count }, () => ({ truth, measured, judgement }));
}

describe('the bench’s promise about the bounds of outages', () => {
  it('says how many were within, open and held up', () => {
    const all = [...outages(15, 'within'), ...outages(2, 'within', true), ...outages(3, 'open')];
    expect(bounded('20 outages', { outages: all, invented: 0 })).to.deep.equal({
      what: '20 outages: the truth lies in [at least, at most]',
      figure: '17 within, 3 open, 0 outside, 0 unseen, 0 seen that were not made; 2 held up',
      holds: true,
    });
  });

  it('does not hold with one that is outside, unseen or not made, or when most were held up', () => {
    const held = (some: readonly Injected[], invented = 0) =>
      bounded('', { outages: [...outages(19, 'within'), ...some], invented }).holds;
    expect(held(outages(1, 'within'))).to.equal(true);
    expect(held(outages(1, 'outside'))).to.equal(false);
    expect(held(outages(1, 'unseen'))).to.equal(false);
    expect(held([], 1)).to.equal(false);
    expect(held(outages(10, 'within', true))).to.equal(true);
    expect(held(outages(11, 'within', true))).to.equal(false);
  });
});
