import type { MetricName } from '../contracts/probe.ts';
import type { Counts, Outage, ProbeAnalysis, TargetAnalysis } from '../model/analysis.ts';
import { isLatencyMetric } from './latency-metric.ts';
import { latencySeen } from './observed-latency.ts';
import { watchSeen } from './observed-ready.ts';
import type { Seen, SeenValue } from './seen.ts';
import { countsWithin, outagesWithin, type Window } from './window.ts';

/** A lost attempt is an outage of some length, however close its neighbours were: never 0. */
const SHORTEST_NS = 1;

/** The metric of a probe over the window: per target for ratios, times and percentiles, summed for counts. */
export function observe(probe: ProbeAnalysis, metric: MetricName, window: Window): readonly Seen[] {
  if (isLatencyMetric(metric)) return probe.targets.map((target) => latencySeen(target, metric));
  switch (metric) {
    case 'ready.min':
    case 'ready.shortfall':
    case 'restarts':
      return watchSeen(probe, metric, window);
    case 'loss':
    case 'outage.longest':
    case 'outage.total':
      return probe.targets.map((target) => attemptsSeen([target], metric, window, target.name));
    case 'due':
    case 'ok':
    case 'lost':
    case 'failed':
    case 'outage.count':
      return [attemptsSeen(probe.targets, metric, window, null)];
  }
}

type AttemptMetric =
  | 'due'
  | 'ok'
  | 'lost'
  | 'failed'
  | 'loss'
  | 'outage.longest'
  | 'outage.total'
  | 'outage.count';

function attemptsSeen(
  targets: readonly TargetAnalysis[],
  metric: AttemptMetric,
  window: Window,
  subject: string | null,
): Seen {
  const counts = countsWithin(targets, window);
  const outages = targets.flatMap((target) => outagesWithin(target, window));
  const unshared = outages.filter(({ sharedWith }) => sharedWith === null);
  const without = targets.filter((target) => attempted(countsWithin([target], window)) === 0);
  const names = without.map(({ name }) => name).join(', ');
  return {
    subject,
    value: valueSeen(metric, counts, outages),
    unshared:
      unshared.length === outages.length
        ? null
        : valueSeen(metric, leaveOut(counts, outages, unshared), unshared),
    missing:
      without.length > 0 || targets.length === 0
        ? `no attempt that counts in the window${names === '' ? '' : ` (${names})`}`
        : null,
    empty: attempted(counts) === 0,
    at: null,
    baseline: null,
  };
}

function valueSeen(metric: AttemptMetric, counts: Counts, outages: readonly Outage[]): SeenValue {
  switch (metric) {
    case 'due':
      return number(counts.due);
    case 'ok':
      // What was not sent might have been ok: the verifier's stall is no violation.
      return { unit: 'number', low: counts.ok, high: counts.ok + counts.unsent };
    case 'lost':
    case 'failed':
    case 'loss': {
      const { lost, failed } = counts;
      return { unit: 'attempts', ratio: metric === 'loss', lost, failed, of: attempted(counts) };
    }
    case 'outage.longest':
      return {
        unit: 'duration',
        low: Math.max(0, ...outages.map(shortest)),
        high: Math.max(0, ...outages.map(longest)),
      };
    case 'outage.total':
      return {
        unit: 'duration',
        low: outages.reduce((sum, outage) => sum + shortest(outage), 0),
        high: outages.reduce((sum, outage) => sum + longest(outage), 0),
      };
    case 'outage.count':
      return number(outages.length);
  }
}

function number(value: number): SeenValue {
  return { unit: 'number', low: value, high: value };
}

function shortest(outage: Outage): number {
  return Math.max(SHORTEST_NS, outage.atLeastNs);
}

function longest(outage: Outage): number {
  return outage.atMostNs ?? Number.POSITIVE_INFINITY;
}

function attempted(counts: Counts): number {
  return counts.ok + counts.lost + counts.failed;
}

/** Counts without the attempts of shared outages. One cut by the window's edge may take with it at most what is there. */
function leaveOut(counts: Counts, outages: readonly Outage[], kept: readonly Outage[]): Counts {
  const samples = (list: readonly Outage[]) =>
    list.reduce((sum, outage) => sum + outage.samples, 0);
  const unsuccessful = counts.lost + counts.failed;
  const left = Math.min(unsuccessful, samples(outages) - samples(kept));
  const lost = Math.max(0, counts.lost - left);
  const failed = unsuccessful - left - lost;
  return { ...counts, due: counts.due - left, lost, failed };
}
