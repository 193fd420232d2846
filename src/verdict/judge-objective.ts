import type { Outage, ProbeAnalysis, RunAnalysis, TargetAnalysis } from '../model/analysis.ts';
import { formatDuration } from '../model/duration.ts';
import type { ObjectiveResult, ObjectiveVerdict } from '../model/verdict.ts';
import { type Answer, compare, comparePercent } from './compare.ts';
import { isLatencyMetric } from './latency-metric.ts';
import { type Objective, parseObjective, printLimit } from './objective.ts';
import { observe } from './observed.ts';

import {
  baselineRemark,
  blindControls,
  blindRemark,
  disturbedRemark,
  outageRemark,
  resolutionRemark,
  sharedControls,
} from './remarks.ts';
import type { Seen, SeenValue } from './seen.ts';
import { type Window, windowOf } from './window.ts';
import { observedText, type TellTime } from './wording.ts';

/** One objective → its row, always. */
export function judgeObjective(
  analysis: RunAnalysis,
  text: string,
  tell: TellTime,
): ObjectiveResult {
  const objective = parseObjective(text);
  if ('message' in objective) return unjudged(text, text, objective.message);
  const { operator, limit } = objective;
  const expected = `${operator} ${printLimit(limit)}`;
  const probe = analysis.probes.find(({ name }) => name === objective.probe);
  if (probe === undefined) {
    return unjudged(text, expected, `the run has no probe "${objective.probe}"`);
  }
  const window = windowOf(analysis, objective.metric);
  if (window === null) {
    return unjudged(text, expected, 'the run ended before the upgrade began');
  }
  const blind = blindRemark(analysis, probe, window);
  const weighed = observe(probe, objective.metric, window).map((seen) =>
    weigh(seen, objective, blind),
  );
  const worst = weighed.toSorted((a, b) => RANK[a.verdict] - RANK[b.verdict] || b.bad - a.bad)[0];
  if (worst === undefined) return unjudged(text, expected, 'the probe has nothing to judge by');
  return {
    text,
    expected: worst.limitText === null ? expected : `${expected} (${worst.limitText})`,
    observed: worst.verdict === 'pass' ? passText(weighed, worst) : observedText(worst.seen),
    verdict: worst.verdict,
    why: whyOf(worst, { analysis, probe, window, objective, blind, tell }),
  };
}

type Weighed = {
  readonly seen: Seen;
  readonly verdict: ObjectiveVerdict;
  readonly cause: Cause;
  /** The larger, the further from what was asked for. */
  readonly bad: number;
  /** The limit in figures where the objective has it relative. */
  readonly limitText: string | null;
};

type Cause = 'violated' | 'shared' | 'missing' | 'no-baseline' | 'unresolved' | 'blind' | 'none';

const RANK: Readonly<Record<ObjectiveVerdict, number>> = { fail: 0, inconclusive: 1, pass: 2 };

function weigh(seen: Seen, objective: Objective, blind: string | null): Weighed {
  const { limit, operator } = objective;
  const base = seen.baseline?.range ?? null;
  const relative = limit.unit === 'baseline';
  const figures = relative
    ? [limit.factor * (base?.low ?? 0), limit.factor * (base?.high ?? 0)]
    : [limit.value];
  const upwards = operator === '>' || operator === '>=';
  const size = sizeOf(seen.value) / (relative && base !== null && base.high > 0 ? base.high : 1);
  const outcome = (verdict: ObjectiveVerdict, cause: Cause): Weighed => ({
    seen,
    verdict,
    cause,
    bad: upwards ? -size : size,
    limitText: relative && base !== null ? limitText(figures) : null,
  });
  if (seen.empty) return outcome('inconclusive', 'missing');
  if (relative && (base === null || seen.baseline?.missing !== null)) {
    return outcome('inconclusive', 'no-baseline');
  }
  const answerTo = (value: SeenValue, figure: number): Answer =>
    value.unit !== 'attempts'
      ? compare(value, operator, figure)
      : value.ratio
        ? comparePercent({ part: value.lost + value.failed, whole: value.of }, operator, figure)
        : compare(exactly(value.lost + value.failed), operator, figure);
  // Of a baseline known only between bounds: what holds against both ends holds, what neither end allows is violated.
  const answer = (value: SeenValue): Answer => {
    const [first, ...others] = figures.map((figure) => answerTo(value, figure));
    return first !== undefined && others.every((other) => other === first) ? first : 'unresolved';
  };
  const answered = answer(seen.value);
  if (answered === 'violated') {
    const excused = seen.unshared !== null && answer(seen.unshared) !== 'violated';
    return excused ? outcome('inconclusive', 'shared') : outcome('fail', 'violated');
  }
  if (seen.missing !== null) return outcome('inconclusive', 'missing');
  if (blind !== null) return outcome('inconclusive', 'blind');
  return answered === 'unresolved'
    ? outcome('inconclusive', 'unresolved')
    : outcome('pass', 'none');
}

/** `20ms`, or `20ms to 80ms` of a baseline known between bounds. */
function limitText(figures: readonly number[]): string {
  return [...new Set(figures.map((figure) => formatDuration(figure)))].join(' to ');
}

function exactly(value: number) {
  return { low: value, high: value };
}

function sizeOf(value: SeenValue): number {
  if (value.unit !== 'attempts') return value.high;
  const unsuccessful = value.lost + value.failed;
  return value.ratio && value.of > 0 ? unsuccessful / value.of : unsuccessful;
}

/** When no target lost anything, the number of attempts behind that is all of theirs. */
function passText(weighed: readonly Weighed[], worst: Weighed): string {
  let of = 0;
  for (const { seen } of weighed) {
    const { value } = seen;
    if (value.unit !== 'attempts' || value.lost + value.failed > 0) return observedText(worst.seen);
    of += value.of;
  }
  const value = { unit: 'attempts', ratio: true, lost: 0, failed: 0, of } as const;
  return observedText({ ...worst.seen, subject: null, value });
}

type Context = {
  readonly analysis: RunAnalysis;
  readonly probe: ProbeAnalysis;
  readonly window: Window;
  readonly objective: Objective;
  readonly blind: string | null;
  readonly tell: TellTime;
};

function whyOf(
  worst: Weighed,
  { analysis, probe, window, objective, blind, tell }: Context,
): string | null {
  const { metric } = objective;
  const targets = concerned(worst.seen, probe);
  const before = baselineRemark(targets, metric);
  switch (worst.cause) {
    case 'violated': {
      const latency = isLatencyMetric(metric);
      const { at } = worst.seen;
      return joined(
        at === null ? null : `at ${tell(at)}`,
        latency
          ? null
          : outageRemark(targets, window, tell, ({ sharedWith }) => sharedWith === null),
        latency || probe.control ? null : blindControls(analysis, targets, window),
        before,
        blind,
      );
    }
    case 'shared': {
      const shared = ({ sharedWith }: Outage) => sharedWith !== null;
      const controls = sharedControls(targets, window).join(', ');
      return joined(
        `the control probe ${controls} was out at the same time`,
        outageRemark(targets, window, tell, shared),
        before,
      );
    }
    case 'missing':
      return joined(worst.seen.missing, blind);
    case 'no-baseline':
      return joined(worst.seen.baseline?.missing ?? 'no baseline', blind);
    case 'unresolved':
      if (isLatencyMetric(metric)) return disturbedRemark(targets, metric);
      return joined(
        'what was seen leaves it open: the interval is too long to tell, or the outage has no known end',
        outageRemark(targets, window, tell),
        before,
      );
    case 'blind':
      return joined(blind, before);
    case 'none':
      // All held: what could have been missed is that of the target seen least well.
      return joined(
        baselineRemark(probe.targets, metric),
        resolutionRemark(probe.targets, metric, window),
      );
  }
}

function concerned(seen: Seen, probe: ProbeAnalysis): readonly TargetAnalysis[] {
  const named = probe.targets.filter(({ name }) => name === seen.subject);
  return named.length === 0 ? probe.targets : named;
}

function joined(...parts: readonly (string | null)[]): string | null {
  const said = parts.filter((part) => part !== null);
  return said.length === 0 ? null : said.join('; ');
}

function unjudged(text: string, expected: string, why: string): ObjectiveResult {
  return { text, expected, observed: 'nothing to judge by', verdict: 'inconclusive', why };
}
