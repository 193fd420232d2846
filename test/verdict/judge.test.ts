import { expect } from 'chai';
import fc from 'fast-check';
import { createAnalysis } from '../../src/analysis/analysis.ts';
import { ATTEMPT_METRICS, RESPONSE_METRICS } from '../../src/contracts/probe.ts';
import { FLAG, type Sample } from '../../src/model/sample.ts';
import { batchOf } from '../../src/model/sample-batch.ts';
import { judge } from '../../src/verdict/judge.ts';
import { OPERATORS, unitOf } from '../../src/verdict/objective.ts';
import { phaseEvents, samplesOf } from '../model/run-text.ts';

const UNIT = { number: '', percent: '%', duration: 'ms' };
const complete = { kind: 'complete' } as const;

function analysisOf(letters: string) {
  return analysisOfRows(samplesOf(letters, { intervalMs: 100 }));
}

function analysisOfRows(rows: readonly Sample[]) {
  const targets = [{ name: 'a', intervalNs: 100e6, timeoutNs: 1e9, offsetNs: 0 }];
  const analysis = createAnalysis({
    run: 'r',
    scenario: 's',
    probes: [{ name: 'vm', kind: 'icmp', control: false, targets, engine: null }],
    steps: [],
    objectives: [],
  });
  for (const event of phaseEvents('1s', '2s', '3s')) analysis.event(event);
  analysis.samples(batchOf('vm', rows));
  return analysis.finish({ complete: true });
}

const anyObjective = fc
  .tuple(
    fc.constantFrom(...ATTEMPT_METRICS, ...RESPONSE_METRICS),
    fc.constantFrom(...OPERATORS),
    fc.nat(50),
  )
  .map(([metric, op, value]) => `vm.${metric} ${op} ${String(value)}${UNIT[unitOf(metric)]}`);
const anyLetters = fc.string({
  unit: fc.constantFrom('.', 'x', 'f', '-'),
  minLength: 30,
  maxLength: 30,
});

describe('judge', () => {
  it('never passes without a sample in the window', () => {
    fc.assert(
      fc.property(anyObjective, fc.constantFrom('', '..........', '..x'), (text, letters) => {
        const { verdict, exitCode } = judge(analysisOf(letters), [text], complete);
        expect(verdict).not.to.equal('pass');
        expect(exitCode).not.to.equal(0);
      }),
    );
  });

  it('does not pass a latency because the slow answers came while the verifier stood still', () => {
    const answers = [
      ...samplesOf('.'.repeat(10), { intervalMs: 100, latencyMs: 5 }),
      // The longer an answer takes, the likelier that a stall falls into it.
      ...samplesOf(`${'.'.repeat(10)}..d..d....`, { intervalMs: 100, latencyMs: 5 })
        .slice(10)
        .map((row) => (row.flags === 0 ? row : { ...row, latency: 900e6 })),
      ...samplesOf('.'.repeat(30), { intervalMs: 100, latencyMs: 5 }).slice(20),
    ];
    const judged = judge(analysisOfRows(answers), ['vm.latency.max <= 2x baseline'], complete);
    expect(judged.objectives[0]).to.include({
      observed: '5ms to 900ms (a)',
      verdict: 'inconclusive',
      why: 'the verifier stood still while 2 of 10 answers came: how long those took is known only at most',
    });
    const lenient = judge(analysisOfRows(answers), ['vm.latency.max <= 1s'], complete);
    expect(lenient.verdict).to.equal('pass');
    const strict = judge(analysisOfRows(answers), ['vm.latency.max <= 1ms'], complete);
    expect(strict.verdict).to.equal('fail');
  });

  it('does not fail a latency because the baseline looked faster than it was', () => {
    const slow = (row: Sample) => ({ ...row, latency: 40e6, flags: FLAG.disturbed });
    const rows = samplesOf('.'.repeat(30), { intervalMs: 100, latencyMs: 10 }).map((row) =>
      row.seq < 10 ? (row.seq < 5 ? slow(row) : row) : { ...row, latency: 25e6 },
    );
    const judged = (text: string) => judge(analysisOfRows(rows), [text], complete).objectives[0];
    expect(judged('vm.latency.max <= 2x baseline')).to.include({
      verdict: 'inconclusive',
      expected: '<= 2x baseline (20ms to 80ms)',
    });
    expect(judged('vm.latency.max <= 3x baseline')?.verdict).to.equal('pass');
    expect(judged('vm.latency.max <= 0.5x baseline')?.verdict).to.equal('fail');
  });

  it('judges the response from the due time, the latency from the sending', () => {
    const timed = (firstByte: number | null) =>
      samplesOf('.'.repeat(30), { intervalMs: 100, latencyMs: 5 }).map((row) => ({
        ...row,
        timings: { dns: null, connect: null, tls: null, firstByte },
        // In the upgrade each leaves 40 ms after it was due.
        sent: row.due + (row.seq >= 10 && row.seq < 20 ? 40e6 : 0),
      }));
    const observed = (rows: readonly Sample[], text: string) => {
      const [row] = judge(analysisOfRows(rows), [text], complete).objectives;
      return `${row?.verdict ?? ''}: ${row?.observed ?? ''}`;
    };
    const response = 'vm.response.max <= 2x baseline';
    expect(observed(timed(null), response)).to.equal('inconclusive: nothing to judge by');
    expect(observed(timed(4e6), response)).to.equal('fail: 45ms (a)');
    expect(observed(timed(4e6), 'vm.latency.max <= 2x baseline')).to.equal('pass: 5ms (a)');
  });

  it('never passes when the probe was blind in the upgrade', () => {
    fc.assert(
      fc.property(
        anyObjective,
        anyLetters,
        fc.integer({ min: 10, max: 19 }),
        (text, letters, at) => {
          const blind = `${letters.slice(0, at)}-${letters.slice(at + 1)}`;
          expect(judge(analysisOf(blind), [text], complete).verdict).not.to.equal('pass');
        },
      ),
    );
  });

  it('gives every objective a row, with what was expected and seen, and why if it is not a pass', () => {
    fc.assert(
      fc.property(fc.array(anyObjective, { maxLength: 5 }), anyLetters, (texts, letters) => {
        const { objectives } = judge(
          analysisOf(letters),
          [...texts, 'nonsense', 'x.loss == 0%'],
          complete,
        );
        expect(objectives.map(({ text }) => text)).to.deep.equal([
          ...texts,
          'nonsense',
          'x.loss == 0%',
        ]);
        for (const { expected, observed, verdict, why } of objectives) {
          expect(expected).not.to.equal('');
          expect(observed).not.to.equal('');
          if (verdict === 'inconclusive') expect(why).to.be.a('string');
        }
        expect(objectives.at(-1)?.verdict).to.equal('inconclusive');
      }),
    );
  });

  it('never fails a run in which every attempt made was ok, whatever the verifier missed', () => {
    const zero = ['vm.loss == 0%', 'vm.lost == 0', 'vm.outage.longest == 0ms', 'vm.ok >= 20'];
    const letters = fc.string({
      unit: fc.constantFrom('.', '-', 'l', '~', 'd', 'r'),
      maxLength: 30,
    });
    fc.assert(
      fc.property(letters, (text) => {
        const { objectives } = judge(analysisOf(`.${text.padEnd(29, '.')}`), zero, complete);
        expect(objectives.map(({ verdict }) => verdict)).not.to.include('fail');
      }),
    );
  });

  it('weighs how the run ended before its objectives', () => {
    const good = analysisOf('.'.repeat(30));
    const bad = analysisOf(`${'.'.repeat(15)}x${'.'.repeat(14)}`);
    const loss = ['vm.loss == 0%'];
    const code = (...args: Parameters<typeof judge>) => judge(...args).exitCode;
    expect(code(good, loss, complete)).to.equal(0);
    expect(code(bad, [...loss, 'vm.nonsense == 0'], complete)).to.equal(1);
    expect(code(good, [...loss, 'vm.nonsense == 0'], complete)).to.equal(2);
    expect(code(good, [], complete)).to.equal(2);
    expect(code(bad, loss, { kind: 'step-failed', why: 'stuck' })).to.equal(4);
    expect(code(bad, loss, { kind: 'verifier-failed', why: 'disk full' })).to.equal(5);
    expect(code(bad, loss, { kind: 'interrupted' })).to.equal(130);
  });

  it('tells of outages of single attempts the one that may have been longest', () => {
    // The second is followed by an attempt that was never made: its end is less well known.
    const bad = analysisOf(`${'.'.repeat(15)}x${'.'.repeat(4)}x-${'.'.repeat(8)}`);
    const tell = (at: number) => `[${String(at / 1e6)}]`;
    const [row] = judge(bad, ['vm.outage.longest == 0ms'], complete, tell).objectives;
    expect(row?.why).to.include('at [2000]');
  });

  it('names instants as it is told to, so that a row can be found in the tables', () => {
    const bad = analysisOf(`${'.'.repeat(15)}xx${'.'.repeat(13)}`);
    const tell = (at: number) => `[${String(at / 1e6)}]`;
    const [row] = judge(bad, ['vm.loss == 0%'], complete, tell).objectives;
    expect(row?.why).to.include('at [1500]');
  });

  it('does not take the only attempt lost for an outage of no length', () => {
    const [row] = judge(
      analysisOf(`${'.'.repeat(15)}x${'.'.repeat(14)}`),
      ['vm.outage.longest == 0ms'],
      complete,
    ).objectives;
    expect(row?.verdict).to.equal('fail');
  });
});
