import type { MetricName } from '../contracts/probe.ts';
import type { Outage, ProbeAnalysis, RunAnalysis, TargetAnalysis } from '../model/analysis.ts';
import { formatDuration } from '../model/duration.ts';
import { lossUpperBoundPct } from '../model/loss-bound.ts';
import type { LatencyMetric } from './latency-metric.ts';
import { summariesOf } from './observed-latency.ts';
import { countsWithin, outagesWithin, type Window } from './window.ts';
import { count, type TellTime } from './wording.ts';

/** How long and why the probe could not see in the window; null when it always could. */
export function blindRemark(
  analysis: RunAnalysis,
  probe: ProbeAnalysis,
  window: Window,
): string | null {
  const spans = analysis.blind.filter(
    ({ probe: name, start, end }) =>
      name === probe.name && start < window.end && (end > window.start || start >= window.start),
  );
  const { unsent } = countsWithin(probe.targets, window);
  if (spans.length === 0) return unsent === 0 ? null : `${count(unsent)} attempts were not made`;
  const blindNs = spans.reduce(
    (sum, { start, end }) => sum + Math.min(end, window.end) - Math.max(start, window.start),
    0,
  );
  const causes = [...new Set(spans.map(({ cause }) => cause))].join(', ');
  const attempts = unsent === 0 ? '' : `; ${count(unsent)} attempts were not made`;
  return `blind for ${formatDuration(Math.max(0, blindNs))} in the window: ${causes}${attempts}`;
}

/** The longest outage in the window among `targets`, of those asked for: when, in which step, and the first suspect. */
export function outageRemark(
  targets: readonly TargetAnalysis[],
  window: Window,
  tell: TellTime,
  which: (outage: Outage) => boolean = () => true,
): string | null {
  let worst: Outage | null = null;
  let name = '';
  for (const target of targets) {
    for (const outage of outagesWithin(target, window)) {
      if (!which(outage) || (worst !== null && !isLonger(outage, worst))) continue;
      worst = outage;
      name = target.name;
    }
  }
  if (worst === null) return null;
  const { start, atLeastNs, atMostNs, reason, step } = worst;
  const [suspect] = worst.suspects;
  const length =
    atMostNs === null
      ? `at least ${formatDuration(atLeastNs)}`
      : `${formatDuration(atLeastNs)} to ${formatDuration(atMostNs)}`;
  return [
    `longest outage ${length} (${name}, ${reason}) at ${tell(start)}`,
    step === null ? '' : ` in step "${step}"`,
    suspect === undefined
      ? ''
      : `; first suspect: ${suspect.kind} ${suspect.name} ${suspect.what} at ${tell(suspect.at)}`,
  ].join('');
}

/** By what was seen for certain, then by what it may have been at most. */
function isLonger(a: Outage, b: Outage): boolean {
  if (a.atLeastNs !== b.atLeastNs) return a.atLeastNs > b.atLeastNs;
  return (a.atMostNs ?? Number.POSITIVE_INFINITY) > (b.atMostNs ?? Number.POSITIVE_INFINITY);
}

/** Controls whose outages the window's outages share. */
export function sharedControls(
  targets: readonly TargetAnalysis[],
  window: Window,
): readonly string[] {
  const outages = targets.flatMap((target) => outagesWithin(target, window));
  return [...new Set(outages.flatMap(({ sharedWith }) => sharedWith ?? []))];
}

/** Controls that could not see while the targets were out: whether they share the outage, nobody knows. */
export function blindControls(
  analysis: RunAnalysis,
  targets: readonly TargetAnalysis[],
  window: Window,
): string | null {
  const outages = targets.flatMap((target) => outagesWithin(target, window));
  const names = analysis.probes
    .filter(({ control }) => control)
    .map(({ name }) => name)
    .filter((name) =>
      analysis.blind.some(
        ({ probe, start, end }) =>
          probe === name && outages.some((outage) => start <= outage.end && end >= outage.start),
      ),
    );
  return names.length === 0
    ? null
    : `the control probe ${names.join(', ')} was blind meanwhile and cannot say whether the path was out`;
}

const LOSS_METRICS: readonly MetricName[] = [
  'lost',
  'failed',
  'loss',
  'outage.longest',
  'outage.total',
  'outage.count',
];

/** What was lost before the upgrade is not the upgrade's, but the reader should know. */
export function baselineRemark(
  targets: readonly TargetAnalysis[],
  metric: MetricName,
): string | null {
  if (!LOSS_METRICS.includes(metric)) return null;
  let unsuccessful = 0;
  let of = 0;
  for (const { phases } of targets) {
    unsuccessful += phases.baseline.lost + phases.baseline.failed;
    of += phases.baseline.ok + phases.baseline.lost + phases.baseline.failed;
  }
  return unsuccessful === 0
    ? null
    : `before the upgrade ${count(unsuccessful)} of ${count(of)} were already unsuccessful`;
}

/** Why a latency is known only between bounds. */
export function disturbedRemark(targets: readonly TargetAnalysis[], metric: LatencyMetric): string {
  let [disturbed, of] = [0, 0];
  for (const target of targets) {
    const { usable, atMost } = summariesOf(target, metric);
    for (const phase of ['baseline', 'upgrade'] as const) {
      const all = atMost[phase]?.count ?? usable[phase]?.count ?? 0;
      disturbed += all - (usable[phase]?.count ?? 0);
      if (phase === 'upgrade' || atMost.baseline !== null) of += all;
    }
  }
  return `the verifier stood still while ${count(disturbed)} of ${count(of)} answers came: how long those took is known only at most`;
}

/** What "nothing lost" could have missed: the bound is that of the attempts judged, of the target that had the worst one. */
export function resolutionRemark(
  targets: readonly TargetAnalysis[],
  metric: MetricName,
  window: Window,
): string | null {
  if (!LOSS_METRICS.includes(metric)) return null;
  const resolution = targets.flatMap(({ resolutionNs }) => resolutionNs ?? []);
  const bounds = targets.flatMap((target) => {
    const { ok, lost, failed } = countsWithin([target], window);
    return lossUpperBoundPct(lost + failed, ok + lost + failed) ?? [];
  });
  if (resolution.length === 0 || bounds.length === 0) return null;
  const longest = formatDuration(Math.max(...resolution));
  const bound = String(roundedUp(Math.max(...bounds)));
  return `an outage longer than ${longest} was certain to be seen; loss rate at most ${bound}% (95% confidence)`;
}

/** To two figures, upwards: what is said of it stays true. 1.1194 → 1.2 */
function roundedUp(pct: number): number {
  if (pct <= 0 || pct >= 100) return pct;
  const unit = 10 ** (Math.floor(Math.log10(pct)) - 1);
  return Number((Math.ceil(pct / unit - 1e-9) * unit).toPrecision(2));
}
