import type { RequestTimes } from '../model/analysis.ts';
import type { Phase } from '../model/phase.ts';
import { STAGES } from '../model/sample.ts';
import { ofEachStage } from '../model/sample-batch.ts';
import type { DurationNs } from '../model/time.ts';
import { answerTime, createLatency, isDisturbed } from './latency.ts';
import type { Row } from './row.ts';

/** From the due time to the whole answer; null without an ok answer. */
function responseTime(row: Row): DurationNs | null {
  const latency = answerTime(row);
  return latency === null ? null : (row.sent ?? row.due) - row.due + latency;
}

/**
 * Rows of one target in order of seq → how its requests spent their time. Nothing is held for a target whose rows tell no stages: a thousand
 * pinged hosts would pay for histograms that stay empty.
 */
export function createRequestTimes() {
  let folds: ReturnType<typeof createFolds> | null = null;
  return {
    add: (row: Row, phase: Phase | null) => {
      if (row.timings === null) return;
      folds ??= createFolds();
      folds.response.add(row, phase);
      // How long a stage took into which a stall fell is not known at all.
      if (isDisturbed(row)) return;
      for (const stage of STAGES) folds.stages[stage].add(row, phase);
    },
    finish: (): RequestTimes | null => {
      if (folds === null) return null;
      const { response, stages } = folds;
      const { usable, atMost } = response.finish();
      return {
        response: usable,
        responseAtMost: atMost,
        stages: ofEachStage((stage) => stages[stage].finish().usable),
      };
    },
  };
}

function createFolds() {
  return {
    response: createLatency(responseTime),
    stages: ofEachStage((stage) =>
      createLatency(({ outcome, timings }) =>
        outcome === 'ok' && timings !== null ? timings[stage] : null,
      ),
    ),
  };
}
