import { expect } from 'chai';
import { createAnalysis } from '../../../src/analysis/analysis.ts';
import { createRunMetrics } from '../../../src/live/metrics/run-metrics.ts';
import type { RunEvent } from '../../../src/model/event.ts';
import { batchOf } from '../../../src/model/sample-batch.ts';
import { event, META, sample } from '../../recorder/recorded.ts';

const MS = 1_000_000;

/** Text format → `name{labels}` → value. Throws at a line that it does not know. */
function parsed(text: string): Map<string, number> {
  const values = new Map<string, number>();
  const typed = new Set<string>();
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('# HELP ')) continue;
    const type = /^# TYPE (\S+) (?:counter|gauge|histogram)$/.exec(line)?.[1];
    if (type !== undefined) {
      expect(typed.has(type), type).to.equal(false);
      typed.add(type);
      continue;
    }
    const match = /^([a-z_]+)((?:\{(?:[a-z]+="(?:[^"\\\n]|\\.)*",?)*\})?) (\S+)$/.exec(line);
    if (match === null) throw new Error(line);
    const [, name = '', labels = '', value = ''] = match;
    expect(typed.has(name.replace(/_(bucket|sum|count)$/, '')) || typed.has(name), line).to.equal(
      true,
    );
    expect(values.has(name + labels), line).to.equal(false);
    values.set(name + labels, Number(value));
  }
  return values;
}

function started() {
  const { plan } = META;
  const analysis = createAnalysis(plan);
  let at = 0;
  const metrics = createRunMetrics(plan, '1.2.3', () => ({
    elapsedNs: at,
    snapshot: analysis.snapshot(at),
  }));
  return {
    give: (probe: string, rows: readonly ReturnType<typeof sample>[]) => {
      for (const writer of [analysis, metrics]) writer.samples(batchOf(probe, rows));
    },
    happen: (one: RunEvent) => {
      for (const writer of [analysis, metrics]) writer.event(one);
    },
    read: async (ns: number) => {
      at = ns;
      return parsed(await metrics.text());
    },
    contentType: metrics.contentType,
  };
}

describe('metrics of a run', () => {
  it('begin with every target at 0, so that rate() sees the first loss', async () => {
    const values = await started().read(0);
    for (const outcome of ['ok', 'lost', 'failed', 'unsent']) {
      for (const target of ['10.0.0.5', '10.0.0.6']) {
        const labels = `{probe="vm",target="${target}",outcome="${outcome}"}`;
        expect(values.get(`rollproof_attempts_total${labels}`)).to.equal(0);
      }
    }
    expect(values.get('rollproof_latency_seconds_count{probe="gate",target="10.0.0.1"}')).to.equal(
      0,
    );
    const info = `{run="${META.plan.run}",scenario="roll",version="1.2.3"}`;
    expect(values.get(`rollproof_run_info${info}`)).to.equal(1);
  });

  it('count attempts by outcome and reason, and latencies of undisturbed ok ones in seconds', async () => {
    const run = started();
    run.give('vm', [
      sample({ seq: 0, latency: 2 * MS }),
      sample({ seq: 1, latency: 0.04 * MS }),
      sample({ seq: 2, latency: 900 * MS, flags: 2 }),
      sample({ seq: 3, latency: null, outcome: 'lost', reason: 'timeout' }),
      sample({ seq: 4, latency: null, outcome: 'lost', reason: 'timeout' }),
      sample({ seq: 0, target: 1, latency: 3 * MS, outcome: 'failed', reason: 'unreachable' }),
      sample({ seq: 1, target: 1, latency: null, sent: null, outcome: 'unsent', reason: 'late' }),
    ]);
    const values = await run.read(200 * MS);
    const one = 'probe="vm",target="10.0.0.5"';
    const two = 'probe="vm",target="10.0.0.6"';
    expect(values.get(`rollproof_attempts_total{${one},outcome="ok"}`)).to.equal(3);
    expect(values.get(`rollproof_attempts_total{${one},outcome="lost"}`)).to.equal(2);
    expect(values.get(`rollproof_attempts_total{${two},outcome="failed"}`)).to.equal(1);
    expect(values.get(`rollproof_attempts_total{${two},outcome="unsent"}`)).to.equal(1);
    const reasons = 'rollproof_unsuccessful_attempts_total';
    expect(values.get(`${reasons}{${one},outcome="lost",reason="timeout"}`)).to.equal(2);
    expect(values.get(`${reasons}{${two},outcome="unsent",reason="late"}`)).to.equal(1);
    expect(values.get(`rollproof_latency_seconds_count{${one}}`)).to.equal(2);
    expect(values.get(`rollproof_latency_seconds_sum{${one}}`)).to.be.closeTo(0.00204, 1e-12);
    expect(values.get(`rollproof_latency_seconds_bucket{le="0.00005",${one}}`)).to.equal(1);
    expect(values.get(`rollproof_latency_seconds_bucket{le="+Inf",${one}}`)).to.equal(2);
    expect(values.get(`rollproof_latency_seconds_count{${two}}`)).to.equal(0);
    expect(values.get('rollproof_run_elapsed_seconds')).to.equal(0.2);
  });

  it('show outage, blindness, readiness, phase and step as the analysis has them now', async () => {
    const run = started();
    run.happen(
      event({
        kind: 'phase',
        what: 'start',
        subject: { kind: 'phase', name: 'upgrade', uid: null },
      }),
    );
    const step = { kind: 'step', name: "roll 'keystone'", uid: null };
    run.happen(event({ kind: 'step', what: 'start', subject: step, detail: { index: 0 } }));
    run.happen(
      event({
        kind: 'workload',
        what: 'ready',
        probe: 'pods',
        subject: { kind: 'Deployment', name: 'keystone-api', uid: 'u' },
        detail: { ready: 2, desired: 3, floor: 3, restarts: 0 },
      }),
    );
    run.happen(event({ kind: 'blind', probe: 'pods', at: 0, end: 250 * MS, what: 'watch-lost' }));
    const out = (seq: number) =>
      sample({ seq, due: seq * 100 * MS, latency: null, outcome: 'lost', reason: 'timeout' });
    run.give('vm', [sample({ seq: 0, due: 0 }), out(1), out(2), out(3)]);
    const one = '{probe="vm",target="10.0.0.5"}';
    const during = await run.read(1000 * MS);
    expect(during.get(`rollproof_outage_active${one}`)).to.equal(1);
    expect(during.get(`rollproof_outage_seconds${one}`)).to.be.greaterThan(0.1);
    expect(during.get(`rollproof_outages_total${one}`)).to.equal(1);
    expect(during.get('rollproof_outage_active{probe="gate",target="10.0.0.1"}')).to.equal(0);
    expect(during.get('rollproof_blind_seconds_total')).to.equal(0.25);
    expect(during.get('rollproof_phase{phase="upgrade"}')).to.equal(1);
    expect(during.get('rollproof_phase{phase="baseline"}')).to.equal(0);
    expect(during.get(`rollproof_step_info{step="roll 'keystone'"}`)).to.equal(1);
    const workload = [...during].filter(([name]) => name.includes('keystone-api'));
    expect(workload.map(([name, value]) => [name.split('{')[0], value])).to.have.deep.members([
      ['rollproof_ready_pods', 2],
      ['rollproof_ready_pods_floor', 3],
      ['rollproof_desired_pods', 3],
    ]);

    run.give('vm', [sample({ seq: 4, due: 400 * MS })]);
    run.happen(
      event({
        kind: 'step',
        what: 'end',
        at: 900 * MS,
        subject: step,
        detail: { index: 0, result: 'ok' },
      }),
    );
    const later = await run.read(1200 * MS);
    expect(later.get(`rollproof_outage_active${one}`)).to.equal(0);
    expect(later.get(`rollproof_outage_seconds${one}`)).to.equal(0);
    expect(later.get(`rollproof_outages_total${one}`), 'counted once, not per scrape').to.equal(1);
    expect([...later.keys()].some((name) => name.startsWith('rollproof_step_info'))).to.equal(
      false,
    );
    expect(later.get('rollproof_blind_seconds_total')).to.equal(0.25);
  });
});
