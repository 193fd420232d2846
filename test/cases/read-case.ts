import { readdirSync, readFileSync } from 'node:fs';
import { parseDuration } from '../../src/model/duration.ts';
import type { RunEvent } from '../../src/model/event.ts';
import type { PlannedProbe, RunPlan } from '../../src/model/plan.ts';
import type { SampleBatch } from '../../src/model/sample.ts';
import { batchOf } from '../../src/model/sample-batch.ts';
import type { RunEnding } from '../../src/model/verdict.ts';
import { eventOf, type ShortEvent, samplesOf } from '../model/run-text.ts';

/** plan.json of a case. */
type Plan = {
  readonly probes: Readonly<
    Record<
      string,
      { readonly control?: boolean; readonly targets: Readonly<Record<string, string>> }
    >
  >;
  readonly steps?: readonly string[];
  readonly objectives: readonly string[];
  readonly ending?: RunEnding;
  readonly complete?: boolean;
};

/** A golden folder as a run. */
export type Case = {
  readonly plan: RunPlan;
  readonly ending: RunEnding;
  readonly complete: boolean;
  readonly events: readonly RunEvent[];
  readonly batches: readonly SampleBatch[];
};

const HERE = new URL('./', import.meta.url);

export const CASE_NAMES: readonly string[] = readdirSync(HERE, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

export function caseFile(name: string, part: string): URL {
  return new URL(`${name}/${part}`, HERE);
}

export function readCase(name: string): Case {
  const text = (part: string) => readFileSync(caseFile(name, part), 'utf8');
  const plan = JSON.parse(text('plan.json')) as Plan;
  const batches = lines(text('samples.txt')).map((line) => {
    const [, probe = '', target = '', letters = ''] = /^(\S+) (\S+) (.*)$/.exec(line) ?? [];
    const targets = plan.probes[probe]?.targets ?? {};
    const every = parseDuration(targets[target] ?? '') ?? Number.NaN;
    const index = Object.keys(targets).indexOf(target);
    return batchOf(probe, samplesOf(letters, { intervalMs: every / 1e6, target: index }));
  });
  return {
    plan: planOf(name, plan),
    ending: plan.ending ?? { kind: 'complete' },
    complete: plan.complete ?? true,
    events: lines(text('events.ndjson')).map((line) => eventOf(JSON.parse(line) as ShortEvent)),
    batches,
  };
}

function lines(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

function planOf(run: string, plan: Plan): RunPlan {
  const probes = Object.entries(plan.probes).map(
    ([name, { control = false, targets }]): PlannedProbe => ({
      name,
      kind: 'icmp',
      control,
      engine: null,
      targets: Object.entries(targets).map(([target, every]) => ({
        name: target,
        intervalNs: parseDuration(every) ?? Number.NaN,
        timeoutNs: 1e9,
        offsetNs: 0,
      })),
    }),
  );
  const steps = (plan.steps ?? []).map((name) => ({ name, kind: 'command' }));
  return { run, scenario: run, probes, steps, objectives: plan.objectives };
}
