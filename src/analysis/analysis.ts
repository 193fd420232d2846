import type { SampleWriter } from '../contracts/samples.ts';
import type { LiveSnapshot, Outage, RunAnalysis, StepAnalysis } from '../model/analysis.ts';
import type { RunEvent } from '../model/event.ts';
import type { RunPlan } from '../model/plan.ts';
import { type DurationNs, NS_PER_MS, type RunNs } from '../model/time.ts';
import { blindTime, statedStretch } from './blind-spans.ts';
import type { BareOutage } from './outages.ts';
import { createPhases } from './phases.ts';
import { createPods } from './pods.ts';
import { createProbeFold, type ProbeFigures } from './probe-fold.ts';
import { type ControlOutages, sharedControl } from './shared-outage.ts';
import { createSteps, stepAround } from './steps.ts';
import { createSuspects } from './suspects.ts';

export type Analysis = SampleWriter & {
  /** The run so far, cheap enough to take four times a second with thousands of targets. */
  readonly snapshot: (now: RunNs) => LiveSnapshot;
  /**
   * The whole run; to be called once, when nothing more will come. `complete`: the run's end was recorded, so that a
   * target whose rows stop before the last phase ended is blind from there on.
   */
  readonly finish: (options: { readonly complete: boolean }) => RunAnalysis;
};

/** Percentiles computed anew per snapshot; the others show what they were, and have their turn later. */
const FRESH_PERCENTILES = 64;
/** The last attempts due before a phase ends may be given up when the engine stops: no gap. */
const END_SLACK_NS: DurationNs = 100 * NS_PER_MS;

/**
 * Samples and events of a run → what they mean. The same fold serves the live view, the end of a run and a run file
 * opened a year later: the result depends neither on the order of completion nor on how samples are cut into batches.
 * An event that starts a phase must come before samples due in it; rows of a probe that is not planned are ignored.
 */
export function createAnalysis(plan: RunPlan): Analysis {
  const phases = createPhases();
  const steps = createSteps(plan.steps);
  const pods = createPods();
  const suspects = createSuspects();
  const probes = plan.probes.map((probe) => createProbeFold(probe, phases.at));
  const byName = new Map(probes.map((probe) => [probe.name, probe]));
  const openBlind: RunEvent[] = [];
  let end: RunNs = 0;
  let turn = 0;

  const addBlind = (event: RunEvent, runEnd: RunNs) => {
    const named = event.probe === null ? probes : [byName.get(event.probe)];
    for (const probe of named) probe?.blind.add(statedStretch(event, runEnd));
  };
  const event = (next: RunEvent) => {
    end = Math.max(end, next.at, next.end ?? 0);
    switch (next.kind) {
      case 'phase':
        phases.event(next);
        return;
      case 'step':
        steps.event(next);
        return;
      case 'pod':
        pods.event(next);
        suspects.event(next);
        return;
      case 'node':
        suspects.event(next);
        return;
      case 'workload':
        byName.get(next.probe ?? '')?.ready.event(next);
        return;
      case 'replica':
        byName.get(next.probe ?? '')?.replicas.event(next);
        return;
      case 'reply':
        byName.get(next.probe ?? '')?.reply(next);
        return;
      case 'blind':
        if (next.end === null) openBlind.push(next);
        else addBlind(next, next.end);
        return;
      case 'probe':
        byName.get(next.probe ?? '')?.notes.event(next);
        return;
      case 'watch':
      case 'clock':
      case 'run':
        return;
    }
  };

  const snapshot = (now: RunNs): LiveSnapshot => {
    const phase = phases.current();
    const targets = probes.flatMap((probe) => probe.targets.map((target) => ({ probe, target })));
    let budget = FRESH_PERCENTILES;
    // The budget begins at another target each time, so that all have their turn.
    const first = targets.length === 0 ? 0 : turn % targets.length;
    turn = first + FRESH_PERCENTILES;
    const p99s = new Array<number | null>(targets.length).fill(null);
    for (let step = 0; step < targets.length; step++) {
      const index = (first + step) % targets.length;
      p99s[index] = targets[index]?.target.p99(phase, () => budget-- > 0) ?? null;
    }
    return {
      phase,
      step: steps.current(),
      targets: targets.map(({ probe, target }, index) => {
        const since = target.outages.since();
        return {
          probe: probe.name,
          target: target.name,
          due: target.counts.due,
          ok: target.counts.ok,
          unsuccessful: target.counts.lost + target.counts.failed,
          unsent: target.counts.unsent,
          p99: p99s[index] ?? null,
          outageNs: since === null ? null : Math.max(0, now - since),
          outages: target.outages.count(),
        };
      }),
      workloads: probes.flatMap((probe) =>
        probe.ready.latest().map(({ name, point: { ready, desired, floor } }) => ({
          probe: probe.name,
          name,
          ready,
          desired,
          floor,
        })),
      ),
      pods: pods.live(),
      blindNs: blindTime([
        ...probes.flatMap((probe) => probe.blindSoFar()),
        ...openBlind.map((blind) => statedStretch(blind, now)),
      ]),
    };
  };

  const finish = ({ complete }: { readonly complete: boolean }): RunAnalysis => {
    const spans = phases.finish();
    const lastEnd = spans.at(-1)?.end ?? null;
    const until = complete && lastEnd !== null ? lastEnd - END_SLACK_NS : null;
    for (const probe of probes) probe.close(until);
    for (const blind of openBlind) addBlind(blind, end);
    const figures = probes.map((probe) => probe.figures(end));
    for (const replica of figures.flatMap(({ replicas }) => replicas)) suspects.replica(replica);
    const stepsDone = steps.finish();
    const context = { steps: stepsDone, controls: controlsOf(figures), phases, suspects };
    return {
      run: plan.run,
      scenario: plan.scenario,
      end,
      phases: spans,
      steps: stepsDone,
      probes: figures.map((probe) => ({
        name: probe.plan.name,
        kind: probe.plan.kind,
        control: probe.plan.control,
        engine: probe.plan.engine,
        targets: probe.targets.map((target) => ({
          ...target,
          outages: target.outages.map((outage) =>
            attribute(outage, probe.plan.control ? null : target.intervalNs, context),
          ),
        })),
        workloads: probe.workloads,
        replicas: probe.replicas,
        tokenPairs: probe.tokenPairs,
        notes: probe.notes,
      })),
      blind: probes.flatMap((probe) => probe.blind.finish(probe.name)),
      pods: pods.finish(),
      latencyOverTime: Object.fromEntries(
        figures.map((probe) => [probe.plan.name, probe.latencyOverTime]),
      ),
      complete,
    };
  };

  return {
    samples: (batch) => {
      end = Math.max(end, byName.get(batch.probe)?.samples(batch) ?? 0);
    },
    event,
    snapshot,
    finish,
  };
}

type OutageContext = {
  readonly steps: readonly StepAnalysis[];
  readonly controls: readonly ControlOutages[];
  readonly phases: Pick<ReturnType<typeof createPhases>, 'at'>;
  readonly suspects: Pick<ReturnType<typeof createSuspects>, 'around'>;
};

/** `intervalNs` is null for a control's own outage, which is not weighed against controls. */
function attribute(
  outage: BareOutage,
  intervalNs: DurationNs | null,
  { steps, controls, phases, suspects }: OutageContext,
): Outage {
  return {
    ...outage,
    phase: phases.at(outage.start),
    step: stepAround(steps, outage),
    suspects: suspects.around(outage),
    sharedWith: intervalNs === null ? null : sharedControl(outage, intervalNs, controls),
  };
}

function controlsOf(probes: readonly ProbeFigures[]): readonly ControlOutages[] {
  return probes
    .filter(({ plan }) => plan.control)
    .flatMap(({ plan, targets }) =>
      targets.map(({ intervalNs, outages }) => ({ probe: plan.name, intervalNs, outages })),
    );
}
