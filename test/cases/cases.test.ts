import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { createAnalysis } from '../../src/analysis/analysis.ts';
import type { RunAnalysis } from '../../src/model/analysis.ts';
import { parseDuration } from '../../src/model/duration.ts';
import type { PlannedProbe, RunPlan } from '../../src/model/plan.ts';
import { batchOf } from '../../src/model/sample-batch.ts';
import type { Judgement, RunEnding } from '../../src/model/verdict.ts';
import { judge } from '../../src/verdict/judge.ts';
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

const HERE = new URL('./', import.meta.url);
const NAMES = readdirSync(HERE, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

describe('golden cases', () => {
  for (const name of NAMES) {
    const file = (part: string) => new URL(`${name}/${part}`, HERE);
    const text = (part: string) => readFileSync(file(part), 'utf8');

    it(`${name}: ${text('README.md').trim()}`, () => {
      const plan = JSON.parse(text('plan.json')) as Plan;
      const analysis = createAnalysis(planOf(name, plan));
      for (const line of lines(text('events.ndjson'))) {
        analysis.event(eventOf(JSON.parse(line) as ShortEvent));
      }
      for (const line of lines(text('samples.txt'))) {
        const [, probe = '', target = '', letters = ''] = /^(\S+) (\S+) (.*)$/.exec(line) ?? [];
        const targets = plan.probes[probe]?.targets ?? {};
        const every = parseDuration(targets[target] ?? '') ?? Number.NaN;
        const index = Object.keys(targets).indexOf(target);
        const samples = samplesOf(letters, { intervalMs: every / 1e6, target: index });
        analysis.samples(batchOf(probe, samples));
      }
      const result = analysis.finish({ complete: plan.complete ?? true });
      const judgement = judge(result, plan.objectives, plan.ending ?? { kind: 'complete' });
      const seen = brief(result, judgement);
      if (process.env['UPDATE'] !== undefined) {
        writeFileSync(file('expected.json'), `${JSON.stringify(seen, null, 2)}\n`);
      }
      expect(seen).to.deep.equal(JSON.parse(text('expected.json')));
    });
  }
});

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

/** What a case is about, times in ms. */
function brief(analysis: RunAnalysis, judgement: Judgement) {
  const ms = (ns: number | null) => (ns === null ? null : ns / 1e6);
  return {
    verdict: judgement.verdict,
    exitCode: judgement.exitCode,
    objectives: judgement.objectives.map(({ text, observed, verdict, why }) => ({
      text,
      observed,
      verdict,
      why,
    })),
    targets: Object.fromEntries(
      analysis.probes.flatMap((probe) =>
        probe.targets.map((target) => {
          const { due, ok, lost, failed, unsent } = target.counts;
          const counts = `${String(due)} = ${[ok, lost, failed, unsent].join(' + ')}`;
          const outages = target.outages.map((outage) => ({
            from: ms(outage.start),
            to: ms(outage.end),
            atLeast: ms(outage.atLeastNs),
            atMost: ms(outage.atMostNs),
            samples: outage.samples,
            reason: outage.reason,
            phase: outage.phase,
            step: outage.step,
            sharedWith: outage.sharedWith,
            open: outage.open,
            suspects: outage.suspects.map(
              ({ name, what, at }) => `${name} ${what} ${String(ms(at))}`,
            ),
          }));
          const resolution = ms(target.resolutionNs);
          return [`${probe.name} ${target.name}`, { counts, resolution, outages }];
        }),
      ),
    ),
    blind: analysis.blind.map(
      ({ probe, start, end, cause }) =>
        `${probe} ${String(ms(start))}..${String(ms(end))} ${cause}`,
    ),
    steps: analysis.steps.map(
      ({ name, result, why }) => `${name}: ${result}${why === null ? '' : ` (${why})`}`,
    ),
  };
}
