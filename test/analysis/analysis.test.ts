import { expect } from 'chai';
import fc from 'fast-check';
import { createAnalysis } from '../../src/analysis/analysis.ts';
import { sumCounts, sumsClose } from '../../src/analysis/counts.ts';
import type { RunPlan } from '../../src/model/plan.ts';
import type { Sample, SampleBatch } from '../../src/model/sample.ts';
import { batchOf, ofEachStage } from '../../src/model/sample-batch.ts';
import { eventOf, phaseEvents, samplesOf } from '../model/run-text.ts';

const target = (name: string) => ({ name, intervalNs: 100e6, timeoutNs: 1e9, offsetNs: 0 });
const plan: RunPlan = {
  run: 'r',
  scenario: 's',
  probes: [
    { name: 'vm', kind: 'icmp', control: false, targets: [target('a'), target('b')], engine: null },
    { name: 'pods', kind: 'pods', control: false, targets: [], engine: null },
  ],
  steps: [{ name: 'roll', kind: 'setImage' }],
  objectives: [],
};
const events = [
  ...phaseEvents('1s', '2s', '3s'),
  eventOf({ at: '1s', kind: 'step', what: 'start', name: 'roll', detail: { index: 0 } }),
  eventOf({ at: '2s', kind: 'step', what: 'end', name: 'roll', detail: { result: 'ok' } }),
];

function analyse(batches: readonly (readonly Sample[])[]) {
  const analysis = createAnalysis(plan);
  for (const event of events) analysis.event(event);
  for (const batch of batches) analysis.samples(batchOf('vm', batch));
  return analysis.finish({ complete: false });
}

const letters = fc.string({
  unit: fc.constantFrom('.', 'd', 'r', 'x', 'f', '-', 'l', '~'),
  maxLength: 35,
});
const samples = fc
  .tuple(letters, letters, fc.nat(50))
  .map(([a, b, latencyMs]) => [
    ...samplesOf(a, { intervalMs: 100, latencyMs, target: 0 }),
    ...samplesOf(b, { intervalMs: 100, latencyMs: latencyMs + 1, target: 1 }),
  ]);

describe('analysis', () => {
  it('closes its sums: due = ok + lost + failed + unsent, phases within the whole', () => {
    fc.assert(
      fc.property(samples, (list) => {
        for (const seen of analyse([list]).probes[0]?.targets ?? []) {
          expect(sumsClose(seen)).to.equal(true);
          const { baseline, upgrade, settle } = seen.phases;
          const inside = sumCounts([baseline, upgrade, settle]).due;
          expect(inside).to.equal(Math.min(seen.counts.due, 30));
        }
      }),
    );
  });

  it('folds calm rows as columns to what it makes of them one by one', () => {
    const calm = fc.string({
      unit: fc.oneof(
        { weight: 12, arbitrary: fc.constant('.') },
        { weight: 1, arbitrary: fc.constantFrom('d', 'r', 'x', 'f', '-', 'l', '~') },
      ),
      minLength: 20,
      maxLength: 45,
    });
    const rows = fc
      .record({ a: calm, b: calm, jitter: fc.array(fc.integer({ min: 0, max: 150 })) })
      .chain(({ a, b, jitter }) => {
        const list = [
          ...samplesOf(a, { intervalMs: 100, latencyMs: 3, target: 0 }),
          ...samplesOf(b, { intervalMs: 100, latencyMs: 4, target: 1 }),
        ].map((one, index) => {
          // Off the schedule by a little, and by as much as a phase.
          const shift = (jitter[index % Math.max(1, jitter.length)] ?? 0) * 1e6;
          return { ...one, sent: one.sent === null ? null : one.sent + shift };
        });
        return fc.record({
          list: fc.oneof(
            fc.constant(list),
            fc.shuffledSubarray(list, { minLength: list.length }),
            fc.shuffledSubarray(list),
          ),
          cut: fc.nat(list.length),
        });
      });
    fc.assert(
      fc.property(rows, ({ list, cut }) => {
        const parts = [list.slice(0, cut), list.slice(cut)].map((part) => batchOf('vm', part));
        const finish = (batches: readonly SampleBatch[]) => {
          const analysis = createAnalysis(plan);
          for (const event of events) analysis.event(event);
          for (const batch of batches) analysis.samples(batch);
          return analysis.finish({ complete: true });
        };
        // A batch that tells stages, though none of any row, is folded row by row.
        const oneByOne = parts.map((batch) => ({
          ...batch,
          timings: ofEachStage(() => new Float64Array(batch.count).fill(Number.NaN)),
        }));
        expect(finish(parts)).to.deep.equal(finish(oneByOne));
      }),
      { numRuns: 300 },
    );
  });

  it('depends neither on the order of completion nor on the cut into batches', () => {
    const shuffled = samples.chain((list) =>
      fc.tuple(
        fc.constant(list),
        fc.shuffledSubarray(list, { minLength: list.length }),
        fc.nat(list.length),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([list, mixed, cut]) => {
        expect(analyse([mixed.slice(0, cut), mixed.slice(cut)])).to.deep.equal(analyse([list]));
      }),
    );
  });

  it('counts a row that comes twice once', () => {
    const list = samplesOf('..x.-..', { intervalMs: 100 });
    expect(analyse([list, list.slice(2, 5)])).to.deep.equal(analyse([list]));
  });

  it('ignores rows of a probe or a target that is not planned', () => {
    const analysis = createAnalysis(plan);
    analysis.samples(batchOf('other', samplesOf('...', { intervalMs: 100 })));
    analysis.samples(batchOf('vm', samplesOf('...', { intervalMs: 100, target: 9 })));
    const { probes } = analysis.finish({ complete: true });
    expect(probes[0]?.targets.map(({ counts }) => counts.due)).to.deep.equal([0, 0]);
  });

  it('leaves no gap between two phases for an attempt to fall into', () => {
    const analysis = createAnalysis(plan);
    const phase = (at: string, what: string, name: string) => {
      analysis.event(eventOf({ at, kind: 'phase', what, name }));
    };
    phase('0', 'start', 'baseline');
    phase('190ms', 'end', 'baseline');
    phase('210ms', 'start', 'upgrade');
    analysis.samples(batchOf('vm', samplesOf('....', { intervalMs: 100 })));
    const seen = analysis.finish({ complete: false }).probes[0]?.targets[0];
    expect([seen?.phases.baseline.due, seen?.phases.upgrade.due]).to.deep.equal([3, 1]);
  });

  it('counts answers that came late or twice', () => {
    const analysis = createAnalysis(plan);
    for (const what of ['late', 'duplicate', 'duplicate']) {
      analysis.event(eventOf({ at: '1s', kind: 'reply', what, probe: 'vm', target: 'b' }));
    }
    analysis.samples(batchOf('vm', samplesOf('.r', { intervalMs: 100, target: 1 })));
    const seen = analysis.finish({ complete: true }).probes[0]?.targets[1];
    expect([seen?.late, seen?.duplicate]).to.deep.equal([2, 2]);
  });

  it('adds up answers of which one event tells several', () => {
    const analysis = createAnalysis(plan);
    const replies = [
      ['late', 3],
      ['duplicate', 400],
      ['duplicate', 1],
      ['reordered', 7],
    ] as const;
    for (const [what, count] of replies) {
      const event = eventOf({ at: '1s', kind: 'reply', what, probe: 'vm', target: 'b' });
      analysis.event({ ...event, detail: { count } });
    }
    const seen = analysis.finish({ complete: true }).probes[0]?.targets[1];
    expect(seen).to.include({ late: 3, duplicate: 401, reordered: 7 });
  });

  it('makes a blind span without an end last to the end of the run, for every probe when it names none', () => {
    const analysis = createAnalysis(plan);
    analysis.event(eventOf({ at: '1s', kind: 'blind', what: 'clock-jump' }));
    analysis.event(eventOf({ at: '5s', kind: 'run', what: 'end' }));
    expect(analysis.finish({ complete: true }).blind).to.deep.equal([
      { probe: 'vm', start: 1e9, end: 5e9, cause: 'clock-jump' },
      { probe: 'pods', start: 1e9, end: 5e9, cause: 'clock-jump' },
    ]);
  });

  it('shows the run so far', () => {
    const analysis = createAnalysis(plan);
    const [baseline] = events;
    if (baseline !== undefined) analysis.event(baseline);
    const pod = { kind: 'pod', name: 'p', uid: 'u', probe: 'pods' } as const;
    analysis.event(eventOf({ ...pod, at: '0', what: 'added', detail: { image: 'k:1' } }));
    analysis.event(eventOf({ ...pod, at: '1ms', what: 'ready' }));
    const count = { ready: 2, desired: 3, floor: 2, restarts: 0 };
    const workload = { kind: 'workload', name: 'k', probe: 'pods', what: 'ready' } as const;
    analysis.event(eventOf({ ...workload, at: '1ms', detail: count }));
    analysis.samples(batchOf('vm', samplesOf('.-..xx', { intervalMs: 100 })));
    const seen = analysis.snapshot(600e6);
    expect(seen.phase).to.equal('baseline');
    expect(seen.targets[0]).to.deep.include({
      due: 6,
      ok: 3,
      unsuccessful: 2,
      unsent: 1,
      outages: 1,
    });
    expect(seen.targets[0]?.outageNs).to.equal(200e6);
    expect(seen.targets[0]?.p99).to.be.closeTo(2e6, 2e3);
    expect(seen.targets[1]).to.deep.include({ due: 0, p99: null, outageNs: null });
    expect(seen.blindNs).to.equal(100e6);
    expect(seen.pods).to.deep.equal([{ name: 'p', image: 'k:1', what: 'ready', ready: true }]);
    expect(seen.workloads).to.deep.equal([
      { probe: 'pods', name: 'k', ready: 2, desired: 3, floor: 2 },
    ]);
  });

  it('gives every one of thousands of targets its percentile within a few snapshots', () => {
    const many = Array.from({ length: 1000 }, (_, index) => target(String(index)));
    const analysis = createAnalysis({
      ...plan,
      probes: [{ name: 'vm', kind: 'icmp', control: false, targets: many, engine: null }],
    });
    for (const event of phaseEvents('10s', '20s', '30s').slice(0, 1)) analysis.event(event);
    const rows = many.flatMap((_, index) => samplesOf('.', { intervalMs: 100, target: index }));
    analysis.samples(batchOf('vm', rows));
    for (let turn = 0; turn < 16; turn++) analysis.snapshot(1e9);
    const unknown = analysis.snapshot(1e9).targets.filter(({ p99 }) => p99 === null);
    expect(unknown).to.have.length(0);
  });

  it('keeps a pod made anew under the same name apart from the old one', () => {
    const analysis = createAnalysis(plan);
    for (const [at, what, uid] of [
      ['1s', 'ready', 'u1'],
      ['2s', 'deleted', 'u1'],
      ['3s', 'added', 'u2'],
    ] as const) {
      analysis.event(eventOf({ at, kind: 'pod', what, name: 'db-0', uid, probe: 'pods' }));
    }
    expect(analysis.snapshot(4e9).pods.map(({ what }) => what)).to.deep.equal(['added']);
    const { pods } = analysis.finish({ complete: true });
    expect(pods.map(({ uid, transitions }) => [uid, transitions.length])).to.deep.equal([
      ['u1', 2],
      ['u2', 1],
    ]);
  });
});
