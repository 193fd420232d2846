import { expect } from 'chai';
import fc from 'fast-check';
import { createOutages } from '../../src/analysis/outages.ts';
import type { Row } from '../../src/analysis/row.ts';
import { OUTCOMES, type Outcome, type Sample } from '../../src/model/sample.ts';
import { samplesOf } from '../model/run-text.ts';

const MS = 1e6;
const LATENCY_NS = 3;

function fold(rows: readonly Row[]) {
  const outages = createOutages();
  for (const row of rows) outages.add(row);
  return outages.finish();
}

function rowsOf(outcomes: readonly Outcome[], intervalNs: number): readonly Row[] {
  return outcomes.map((outcome, seq) => ({
    seq,
    due: seq * intervalNs,
    sent: outcome === 'unsent' ? null : seq * intervalNs,
    outcome,
    reason: outcome === 'ok' ? 'none' : 'timeout',
    flags: 0,
    timings: null,
    latency: outcome === 'ok' ? LATENCY_NS : null,
  }));
}

/** The definition, word by word: runs in the list of attempts that count. */
function reference(rows: readonly Row[]) {
  const counted = rows.filter(({ outcome }) => outcome !== 'unsent');
  const bad = (row: Row | undefined) => row !== undefined && row.outcome !== 'ok';
  return counted.flatMap((row, index) => {
    if (!bad(row) || bad(counted[index - 1])) return [];
    let last = index;
    while (bad(counted[last + 1])) last += 1;
    const before = counted[index - 1]?.due ?? null;
    const after = counted[last + 1]?.due ?? null;
    const end = counted[last]?.due ?? Number.NaN;
    const within = counted.slice(index, last + 1);
    // Attempts next to each other in seq have none unsent between them.
    const stretches = within.map((from, first) => {
      let to = first;
      while (within[to + 1]?.seq === (within[to]?.seq ?? 0) + 1) to += 1;
      return (within[to]?.due ?? 0) - from.due;
    });
    return [
      {
        start: row.due,
        end,
        atLeastNs: Math.max(...stretches),
        atMostNs: before === null || after === null ? null : after + LATENCY_NS - before,
        samples: last - index + 1,
        reason: 'timeout',
        open: after === null,
      },
    ];
  });
}

describe('outages', () => {
  it('shows what its documentation shows', () => {
    const rows: Sample[] = samplesOf('.xx-x.-x', { intervalMs: 10, latencyMs: 1 });
    const seen = fold(rows).map((outage) => [
      outage.start / MS,
      outage.end / MS,
      outage.atLeastNs / MS,
      outage.atMostNs === null ? null : outage.atMostNs / MS,
      outage.samples,
      outage.open,
    ]);
    expect(seen).to.deep.equal([
      [10, 40, 10, 51, 3, false],
      [70, 70, 0, null, 1, true],
    ]);
  });

  it('does not make one long outage of two short ones with a stall of ours between', () => {
    const [outage] = fold(samplesOf(`.xx${'-'.repeat(100)}xxx.`, { intervalMs: 100 }));
    expect(outage?.atLeastNs).to.equal(200 * MS);
  });

  it('may have lasted until the answer of the next that was ok', () => {
    const before = samplesOf('.x', { intervalMs: 100, latencyMs: 2 });
    const after = samplesOf('...', { intervalMs: 100, latencyMs: 900 }).slice(2);
    expect(fold([...before, ...after])[0]?.atMostNs).to.equal(1100 * MS);
  });

  it('names the commonest reason', () => {
    expect(fold(samplesOf('.xffx f.', { intervalMs: 10 }))[0]?.reason).to.equal('refused');
  });

  it('agrees with the definition for any sequence of outcomes', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...OUTCOMES), { maxLength: 60 }), (outcomes) => {
        const rows = rowsOf(outcomes, 20 * MS);
        expect(fold(rows)).to.deep.equal(reference(rows));
      }),
    );
  });

  it('has the true length between its bounds, wherever the outage falls', () => {
    const scenario = fc.record({
      intervalNs: fc.integer({ min: 1, max: 1000 }),
      from: fc.integer({ min: 1, max: 50_000 }),
      length: fc.integer({ min: 1, max: 50_000 }),
    });
    fc.assert(
      fc.property(scenario, ({ intervalNs, from, length }) => {
        const attempts = Math.ceil((from + length) / intervalNs) + 2;
        const outcomes = Array.from({ length: attempts }, (_, seq): Outcome => {
          const due = seq * intervalNs;
          return due >= from && due < from + length ? 'lost' : 'ok';
        });
        const [outage, another] = fold(rowsOf(outcomes, intervalNs));
        expect(another).to.equal(undefined);
        // Longer than the interval is certain to be seen.
        if (outage === undefined) expect(length).to.be.at.most(intervalNs + LATENCY_NS);
        else {
          expect(outage.atLeastNs).to.be.at.most(length);
          expect(outage.atMostNs ?? 0).to.be.at.least(length);
        }
      }),
    );
  });
});
