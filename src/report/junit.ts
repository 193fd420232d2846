import builders, { type Builder } from 'junit-report-builder';
import type { StepAnalysis } from '../model/analysis.ts';
import { NS_PER_MS, wallTime } from '../model/time.ts';
import type { ObjectiveResult } from '../model/verdict.ts';
import { printable } from './names.ts';
import type { ReportView } from './view.ts';

// The package's types say the builder is under `default`; what Node imports is the builder itself.
const root = builders as unknown as Builder;

/**
 * JUnit XML for CI. An objective is a test case: fail is a failure, inconclusive an error (a CI must not show green for
 * what was not proven). A step that failed is a failure. The run as a whole is a case too, so that an interrupted run or
 * one without objectives is not green either.
 */
export function junitXml(view: ReportView): string {
  const { analysis, judgement } = view;
  const builder = root.newBuilder().name(printable(analysis.run));
  const started = new Date(wallTime(view.anchor, view.start));

  const run = builder.testSuite().name('run').timestamp(started);
  const whole = run
    .testCase()
    .className(printable(analysis.scenario))
    .name('verdict')
    .time(seconds(view));
  const why = printable(judgement.why ?? judgement.verdict);
  switch (judgement.verdict) {
    case 'pass':
      break;
    case 'fail':
      whole.failure(why, judgement.verdict);
      break;
    case 'inconclusive':
    case 'error':
    case 'interrupted':
      whole.error(why, judgement.verdict);
      break;
  }

  const objectives = builder.testSuite().name('objectives').timestamp(started);
  for (const objective of judgement.objectives) {
    const test = objectives
      .testCase()
      .className(printable(analysis.scenario))
      .name(printable(objective.text));
    const message = printable(sentence(objective));
    if (objective.verdict === 'fail') test.failure(message, 'fail');
    else if (objective.verdict === 'inconclusive') test.error(message, 'inconclusive');
    // The library writes CDATA and splits only the first `]]>` in it.
    else test.standardOutput(message.replaceAll(']]>', ']] >'));
  }

  const steps = builder.testSuite().name('steps').timestamp(started);
  for (const step of analysis.steps) {
    const test = steps
      .testCase()
      .className(printable(analysis.scenario))
      .name(printable(step.name))
      .time(seconds(step));
    if (step.result === 'failed')
      test.failure(printable(step.why ?? 'failed'), printable(step.kind));
    if (step.result === 'skipped') test.skipped();
  }
  return builder.build();
}

function sentence({ expected, observed, why }: ObjectiveResult): string {
  return `expected ${expected}, observed ${observed}${why === null ? '' : ` (${why})`}`;
}

/** To the millisecond. */
function seconds({ start, end }: Pick<StepAnalysis, 'start' | 'end'>): number {
  return start === null || end === null ? 0 : Math.round((end - start) / NS_PER_MS) / 1000;
}
