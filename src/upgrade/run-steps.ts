import type { SampleWriter } from '../contracts/samples.ts';
import type { StepContext, StepKind, StepResult } from '../contracts/step.ts';
import { messageOf } from '../errors/coded-error.ts';
import type { Json } from '../model/event.ts';
import type { RunNs } from '../model/time.ts';

export type PlannedUpgradeStep = {
  readonly name: string;
  readonly kind: StepKind;
  readonly config: unknown;
};

export type RunStepsContext = Omit<StepContext, 'progress'> & {
  readonly now: () => RunNs;
  readonly writer: SampleWriter;
  readonly progress: (stepIndex: number, fraction: number | null, line: string) => void;
};

/**
 * Runs the steps in order. The first that fails ends the upgrade, and so does an interruption: what comes after is skipped, and recorded as such.
 */
export async function runSteps(
  steps: readonly PlannedUpgradeStep[],
  context: RunStepsContext,
): Promise<StepResult> {
  const { now, writer, log, signal } = context;
  let ending: StepResult = { result: 'ok' };
  for (const [index, step] of steps.entries()) {
    const { name, kind } = step;
    const record = (what: 'start' | 'end' | 'skipped', more: Readonly<Record<string, Json>>) => {
      const subject = { kind: 'step', name, uid: null };
      const detail = { index, kind: kind.kind, ...more };
      const nothing = { end: null, probe: null, target: null, serverTime: null };
      writer.event({ kind: 'step', at: now(), subject, what, detail, ...nothing });
      log.info({ step: name, ...detail }, `step ${what}`);
    };
    const skipped = whySkipped(ending, signal);
    if (skipped !== null) {
      record('skipped', { why: skipped });
      continue;
    }
    record('start', {});
    const result = await runOne(step, index, context);
    record('end', { ...result });
    if (result.result === 'failed') {
      ending = { result: 'failed', why: `step "${name}": ${result.why}` };
    }
  }
  return ending;
}

function whySkipped(ending: StepResult, signal: AbortSignal): string | null {
  if (ending.result === 'failed') return 'a step before it failed';
  return signal.aborted ? 'the run was interrupted' : null;
}

/** A step that throws has a bug or cannot reach what it needs: either way it has failed, and what was measured is kept. */
async function runOne(
  { kind, config }: PlannedUpgradeStep,
  index: number,
  { kubernetes, log, signal, env, progress }: RunStepsContext,
): Promise<StepResult> {
  try {
    return await kind.run(config, {
      kubernetes,
      log,
      signal,
      env,
      progress: (fraction, line) => {
        progress(index, fraction, line);
      },
    });
  } catch (error) {
    log.error({ error: messageOf(error) }, 'the step broke off');
    return { result: 'failed', why: messageOf(error) };
  }
}
