import { expect } from 'chai';
import fc from 'fast-check';
import { createReplyTally } from '../../../../probes/icmp/kernel/reply-tally.ts';
import type { RunEvent } from '../../../../src/model/event.ts';

function tally() {
  const clock = { now: 0 };
  const events: Omit<RunEvent, 'probe'>[] = [];
  const counts = createReplyTally(
    [{ name: 'a' }, { name: 'b' }],
    (event) => events.push(event),
    () => clock.now,
  );
  return { clock, events, counts };
}

describe('tally of replies', () => {
  it('says nothing of answers in order', () => {
    const { counts, events } = tally();
    for (let seq = 0; seq < 5; seq++) {
      counts.answered(0, seq, 1);
      counts.answered(1, seq, 1);
    }
    counts.flush(true);
    expect(events).to.deep.equal([]);
  });

  it('adds up what happens to a target, and names the first', () => {
    const { counts, events } = tally();
    counts.late(0, 4, 2e9);
    counts.late(0, 5, 3e9);
    counts.duplicate(0, 4, 1);
    counts.late(1, 9, 1);
    counts.flush(true);
    expect(
      events.map(({ kind, target, what, detail }) => ({ kind, target, what, detail })),
    ).to.deep.equal([
      { kind: 'reply', target: 'a', what: 'late', detail: { count: 2, seq: 4, rttNs: 2e9 } },
      { kind: 'reply', target: 'a', what: 'duplicate', detail: { count: 1, seq: 4, rttNs: 1 } },
      { kind: 'reply', target: 'b', what: 'late', detail: { count: 1, seq: 9, rttNs: 1 } },
    ]);
  });

  it('makes of a flood a few events a second, in which none is missing', () => {
    const { counts, events, clock } = tally();
    for (let i = 0; i < 10_000; i++) {
      clock.now += 100_000;
      counts.duplicate(0, i, 1);
      counts.flush(false);
    }
    counts.flush(true);
    expect(events.length).to.be.within(2, 6);
    expect(events.reduce((sum, { detail }) => sum + Number(detail['count']), 0)).to.equal(10_000);
  });

  it('counts an answer as reordered when one to a later request came before it (RFC 4737)', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat({ max: 40 }), { maxLength: 20 }), (seqs) => {
        const { counts, events } = tally();
        for (const seq of seqs) counts.answered(0, seq, 1);
        counts.flush(true);
        const expected = seqs.filter((seq, i) =>
          seqs.slice(0, i).some((other) => other > seq),
        ).length;
        expect(events.length).to.equal(expected === 0 ? 0 : 1);
        if (expected > 0) expect(events[0]).to.deep.include({ what: 'reordered', target: 'a' });
        expect(Number(events[0]?.detail['count'] ?? 0)).to.equal(expected);
      }),
    );
  });
});
