import type { StepAnalysis } from '../model/analysis.ts';
import type { RunEvent } from '../model/event.ts';
import type { PlannedStep } from '../model/plan.ts';
import type { RunNs } from '../model/time.ts';

type Step = { -readonly [Key in keyof StepAnalysis]: StepAnalysis[Key] };

/**
 * Step events → the planned steps with what became of each. A step that was begun and has no end when the run is over
 * failed: the run ended inside it. One that was never reached was skipped.
 */
export function createSteps(planned: readonly PlannedStep[]) {
  const steps: Step[] = planned.map(({ name, kind }) => ({
    name,
    kind,
    start: null,
    end: null,
    result: 'skipped',
    why: null,
  }));
  const stepOf = (event: RunEvent): Step => {
    const index = event.detail['index'];
    const name = event.subject?.name ?? '';
    const known =
      (typeof index === 'number' ? steps[index] : undefined) ??
      steps.find((step) => step.name === name);
    if (known !== undefined) return known;
    const kind = event.detail['kind'];
    const step: Step = {
      name,
      kind: typeof kind === 'string' ? kind : '',
      start: null,
      end: null,
      result: 'skipped',
      why: null,
    };
    steps.push(step);
    return step;
  };

  return {
    event: (event: RunEvent) => {
      const step = stepOf(event);
      const why = event.detail['why'];
      if (event.what === 'start') step.start = event.at;
      if (event.what === 'end') {
        step.end = event.at;
        step.result = event.detail['result'] === 'ok' ? 'ok' : 'failed';
      }
      if (typeof why === 'string') step.why = why;
    },
    current: (): string | null =>
      steps.find((step) => step.start !== null && step.end === null)?.name ?? null,
    finish: (): readonly StepAnalysis[] => steps.map(concluded),
  };
}

/** The step in which an outage fell: that of its start, else the first that began inside it. */
export function stepAround(
  steps: readonly StepAnalysis[],
  outage: { readonly start: RunNs; readonly end: RunNs },
): string | null {
  const touches = (step: StepAnalysis, from: RunNs, to: RunNs) =>
    step.start !== null && step.start <= to && (step.end ?? Number.POSITIVE_INFINITY) >= from;
  const { start, end } = outage;
  // The later one where two meet: it is the one that did something then.
  const holding = steps.findLast((step) => touches(step, start, start));
  return (holding ?? steps.find((step) => touches(step, start, end)))?.name ?? null;
}

function concluded(step: Step): StepAnalysis {
  if (step.end !== null) return { ...step };
  if (step.start !== null) {
    return { ...step, result: 'failed', why: step.why ?? 'the run ended inside it' };
  }
  return { ...step, why: step.why ?? 'the run ended before it' };
}
