import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { createAnalysis } from '../../src/analysis/analysis.ts';
import type { RunAnalysis } from '../../src/model/analysis.ts';
import type { Judgement } from '../../src/model/verdict.ts';
import { judge } from '../../src/verdict/judge.ts';
import { CASE_NAMES, caseFile, readCase } from './read-case.ts';

describe('golden cases', () => {
  for (const name of CASE_NAMES) {
    const text = (part: string) => readFileSync(caseFile(name, part), 'utf8');

    it(`${name}: ${text('README.md').trim()}`, () => {
      const { plan, ending, complete, events, batches } = readCase(name);
      const analysis = createAnalysis(plan);
      for (const event of events) analysis.event(event);
      for (const batch of batches) analysis.samples(batch);
      const result = analysis.finish({ complete });
      const judgement = judge(result, plan.objectives, ending);
      const seen = brief(result, judgement);
      if (process.env['UPDATE'] !== undefined) {
        writeFileSync(caseFile(name, 'expected.json'), `${JSON.stringify(seen, null, 2)}\n`);
      }
      expect(seen).to.deep.equal(JSON.parse(text('expected.json')));
    });
  }
});

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
