import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { SampleWriter } from '../../contracts/samples.ts';
import type { LiveSnapshot } from '../../model/analysis.ts';
import { PHASES } from '../../model/phase.ts';
import type { PlannedProbe, RunPlan } from '../../model/plan.ts';
import { OUTCOMES, REASONS } from '../../model/sample.ts';
import { type DurationNs, NS_PER_S } from '../../model/time.ts';

export type RunMetrics = SampleWriter & {
  /** All metrics in Prometheus' text format. */
  readonly text: () => Promise<string>;
  readonly contentType: string;
};

/** From a ping on one switch to a request that times out, s. */
const BUCKETS_S = [
  ...[0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05],
  ...[0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
];
const OK = OUTCOMES.indexOf('ok');

/**
 * The state of a run that is under way as Prometheus metrics (docs/time-series.md), in a registry of their own. Attempts and latencies are counted
 * as they come; outages, blindness, readiness, phase and step are asked of the analysis when somebody scrapes, so both show the same.
 */
export function createRunMetrics(
  plan: RunPlan,
  version: string,
  now: () => { readonly elapsedNs: DurationNs; readonly snapshot: LiveSnapshot },
): RunMetrics {
  const registry = new Registry();
  const registers = [registry];
  const target = ['probe', 'target'] as const;

  new Gauge({
    name: 'rollproof_run_info',
    help: 'The run that is under way; always 1.',
    labelNames: ['run', 'scenario', 'version'],
    registers,
  }).set({ run: plan.run, scenario: plan.scenario, version }, 1);
  const attempts = new Counter({
    name: 'rollproof_attempts_total',
    help: 'Attempts that were due, by what became of them: ok, lost, failed or unsent (by the verifier, whatever the reason).',
    labelNames: [...target, 'outcome'],
    registers,
  });
  const reasons = new Counter({
    name: 'rollproof_unsuccessful_attempts_total',
    help: 'Attempts that were lost, failed or unsent, by reason.',
    labelNames: [...target, 'outcome', 'reason'],
    registers,
  });
  const latency = new Histogram({
    name: 'rollproof_latency_seconds',
    help: 'From sending to the whole answer, of ok attempts into which no stall of the verifier fell.',
    labelNames: target,
    buckets: BUCKETS_S,
    registers,
  });
  for (const probe of plan.probes) {
    for (const { name } of probe.targets) {
      latency.zero({ probe: probe.name, target: name });
      // A counter that begins when something is lost first would hide that loss from rate().
      for (const outcome of OUTCOMES) attempts.inc({ probe: probe.name, target: name, outcome }, 0);
    }
  }
  const update = registerState(registry, now);

  const probes = new Map(plan.probes.map((probe) => [probe.name, probe]));
  const children = new Map<PlannedProbe, readonly { observe: (value: number) => void }[]>(
    plan.probes.map((probe) => [
      probe,
      probe.targets.map(({ name }) => latency.labels(probe.name, name)),
    ]),
  );
  return {
    samples: (batch) => {
      const probe = probes.get(batch.probe);
      if (probe === undefined) return;
      const histograms = children.get(probe) ?? [];
      // Rows of one target, outcome and reason are counted together.
      const counts = new Map<number, number>();
      for (let row = 0; row < batch.count; row++) {
        const targetIndex = batch.target[row] ?? 0;
        const outcome = batch.outcome[row] ?? 0;
        const key = (targetIndex * 256 + outcome) * 256 + (batch.reason[row] ?? 0);
        counts.set(key, (counts.get(key) ?? 0) + 1);
        const ns = batch.latency[row] ?? Number.NaN;
        if (outcome === OK && batch.flags[row] === 0 && !Number.isNaN(ns)) {
          histograms[targetIndex]?.observe(ns / NS_PER_S);
        }
      }
      for (const [key, count] of counts) {
        const labels = {
          probe: probe.name,
          target: probe.targets[key >>> 16]?.name ?? '',
          outcome: OUTCOMES[(key >>> 8) & 255] ?? '',
        };
        attempts.inc(labels, count);
        const reason = REASONS[key & 255] ?? 'none';
        if (reason !== 'none') reasons.inc({ ...labels, reason }, count);
      }
    },
    event: () => undefined,
    text: async () => {
      update();
      return await registry.metrics();
    },
    contentType: registry.contentType,
  };
}

/** Metrics of what is asked of the analysis at each scrape; the returned function takes one snapshot for all of them. */
function registerState(
  registry: Registry,
  now: () => { readonly elapsedNs: DurationNs; readonly snapshot: LiveSnapshot },
): () => void {
  const target = ['probe', 'target'];
  const workload = ['probe', 'workload'];
  const gauge = (name: string, help: string, labelNames: readonly string[]) =>
    new Gauge({ name, help, labelNames, registers: [registry] });
  const outages = new Counter({
    name: 'rollproof_outages_total',
    help: 'Outages so far, one that is not over included.',
    labelNames: target,
    registers: [registry],
  });
  const active = gauge(
    'rollproof_outage_active',
    'Whether the target is in an outage now.',
    target,
  );
  const length = gauge(
    'rollproof_outage_seconds',
    'How long the outage lasts so far, at least; 0 without one.',
    target,
  );
  const ready = gauge(
    'rollproof_ready_pods',
    'Pods that are ready and not being deleted.',
    workload,
  );
  const floor = gauge(
    'rollproof_ready_pods_floor',
    "The fewest ready pods that the workload's strategy allows.",
    workload,
  );
  const desired = gauge('rollproof_desired_pods', 'Replicas that the workload asks for.', workload);
  const phases = gauge('rollproof_phase', 'Whether the run is in this phase now.', ['phase']);
  const step = gauge('rollproof_step_info', 'The upgrade step that is under way; always 1.', [
    'step',
  ]);
  const blind = new Counter({
    name: 'rollproof_blind_seconds_total',
    help: 'Time in which the verifier could not observe, over all probes.',
    registers: [registry],
  });
  const elapsed = gauge(
    'rollproof_run_elapsed_seconds',
    'Time since the schedules of the probes began.',
    [],
  );
  return () => {
    const { elapsedNs, snapshot } = now();
    elapsed.set(elapsedNs / NS_PER_S);
    outages.reset();
    blind.reset();
    step.reset();
    for (const each of snapshot.targets) {
      const labels = { probe: each.probe, target: each.target };
      outages.inc(labels, each.outages);
      active.set(labels, each.outageNs === null ? 0 : 1);
      length.set(labels, (each.outageNs ?? 0) / NS_PER_S);
    }
    for (const each of snapshot.workloads) {
      const labels = { probe: each.probe, workload: each.name };
      ready.set(labels, each.ready);
      floor.set(labels, each.floor);
      desired.set(labels, each.desired);
    }
    for (const phase of PHASES) phases.set({ phase }, snapshot.phase === phase ? 1 : 0);
    if (snapshot.step !== null) step.set({ step: snapshot.step }, 1);
    blind.inc(snapshot.blindNs / NS_PER_S);
  };
}
