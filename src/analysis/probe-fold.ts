import type { LatencyPoint, ProbeAnalysis } from '../model/analysis.ts';
import type { RunEvent } from '../model/event.ts';
import type { Phase } from '../model/phase.ts';
import type { PlannedProbe } from '../model/plan.ts';
import type { SampleBatch } from '../model/sample.ts';
import type { RunNs } from '../model/time.ts';
import { createBlindSpans, type Stretch } from './blind-spans.ts';
import { createLatencyOverTime } from './latency-over-time.ts';
import { createNotes } from './notes.ts';
import { createReady } from './ready.ts';
import { createReplicas } from './replicas.ts';
import { createTargetFold, type TargetFigures } from './target-fold.ts';

export type ProbeFigures = Pick<
  ProbeAnalysis,
  'workloads' | 'replicas' | 'tokenPairs' | 'notes'
> & {
  readonly plan: PlannedProbe;
  readonly targets: readonly TargetFigures[];
  readonly latencyOverTime: readonly LatencyPoint[];
};

/** All folds of one probe. */
export function createProbeFold(plan: PlannedProbe, phaseAt: (due: RunNs) => Phase | null) {
  const blind = createBlindSpans();
  const ready = createReady();
  const replicas = createReplicas();
  const notes = createNotes();
  const overTime = createLatencyOverTime();
  const targets = plan.targets.map((target) =>
    createTargetFold({ target, phaseAt, onBlind: blind.add, onLatency: overTime.add }),
  );
  const byName = new Map(targets.map((target) => [target.name, target]));

  return {
    name: plan.name,
    targets,
    blind,
    ready,
    replicas,
    notes,
    /** Returns the last instant seen in it. */
    samples: (batch: SampleBatch): RunNs => {
      let seen = 0;
      for (let row = 0; row < batch.count; ) {
        const target = batch.target[row] ?? -1;
        const from = row;
        for (; row < batch.count && batch.target[row] === target; row++) {
          const due = batch.due[row] ?? 0;
          const answered = (batch.sent[row] ?? Number.NaN) + (batch.latency[row] ?? Number.NaN);
          if (due > seen) seen = due;
          // False for NaN: not answered.
          if (answered > seen) seen = answered;
        }
        targets[target]?.add(batch, from, row);
      }
      return seen;
    },
    reply: ({ target, what, detail }: RunEvent) => {
      const { count = 1 } = detail;
      byName.get(target ?? '')?.reply(what, typeof count === 'number' ? count : 1);
    },
    /** Blind stretches so far, those still open included. */
    blindSoFar: (): readonly Stretch[] => [
      ...blind.merged(),
      ...targets.flatMap((target) => target.blindNow() ?? []),
    ],
    close: (until: RunNs | null) => {
      for (const target of targets) target.close(until);
    },
    figures: (runEnd: RunNs): ProbeFigures => ({
      plan,
      targets: targets.map((target) => target.figures(runEnd)),
      workloads: ready.finish(),
      ...replicas.finish(),
      notes: notes.finish(),
      latencyOverTime: overTime.finish(),
    }),
  };
}
