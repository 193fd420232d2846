import type { LatencyByPhase, LatencySummary, TargetAnalysis } from '../model/analysis.ts';
import type { LatencyMetric } from './latency-metric.ts';
import type { Seen } from './seen.ts';

type Figure = { readonly key: keyof LatencySummary; readonly needs: number };
type FigureName = LatencyMetric extends `${string}.${infer Name}` ? Name : never;

const FIGURE: Readonly<Record<FigureName, Figure>> = {
  min: { key: 'min', needs: 1 },
  mean: { key: 'mean', needs: 1 },
  p50: { key: 'p50', needs: 2 },
  p90: { key: 'p90', needs: 10 },
  p99: { key: 'p99', needs: 100 },
  'p99.9': { key: 'p999', needs: 1000 },
  max: { key: 'max', needs: 1 },
};

function figureOf(metric: LatencyMetric): Figure {
  return FIGURE[metric.slice(metric.indexOf('.') + 1) as FigureName];
}

const NONE: LatencyByPhase = { baseline: null, upgrade: null, settle: null };

/** Of the undisturbed answers, and of all of them at most. */
export function summariesOf(
  target: TargetAnalysis,
  metric: LatencyMetric,
): { readonly usable: LatencyByPhase; readonly atMost: LatencyByPhase } {
  if (metric.startsWith('latency.'))
    return { usable: target.latency, atMost: target.latencyAtMost };
  const { requests } = target;
  return { usable: requests?.response ?? NONE, atMost: requests?.responseAtMost ?? NONE };
}

/**
 * Latency of a target during the upgrade, and in the baseline. A percentile p takes 1/(1 − p) samples: with fewer it
 * would only be the maximum by another name. It lies between what the undisturbed answers give and what all would if the
 * disturbed ones had taken as long as it took to read them.
 */
export function latencySeen(target: TargetAnalysis, metric: LatencyMetric): Seen {
  const { usable, atMost } = summariesOf(target, metric);
  const { upgrade, baseline } = usable;
  const { key } = figureOf(metric);
  // A stall of ours hides how long the answers took that it fell into: the slow ones first.
  const range = (phase: 'baseline' | 'upgrade') => {
    const value = usable[phase]?.[key] ?? 0;
    const bound = atMost[phase]?.[key] ?? value;
    return { low: Math.min(value, bound), high: Math.max(value, bound) };
  };
  return {
    subject: target.name,
    value: { unit: 'duration', ...range('upgrade') },
    unshared: null,
    missing: tooFew(upgrade, metric, 'during the upgrade'),
    // Too few samples for a percentile cannot violate it either.
    empty: tooFew(upgrade, metric, '') !== null,
    at: null,
    baseline: {
      range: baseline === null ? null : range('baseline'),
      missing: tooFew(baseline, metric, 'in the baseline'),
    },
  };
}

function tooFew(
  summary: LatencySummary | null,
  metric: LatencyMetric,
  when: string,
): string | null {
  const count = summary?.count ?? 0;
  const { needs } = figureOf(metric);
  if (count >= needs) return null;
  if (count === 0) return `no answer to time ${when}`;
  return `${String(count)} answers ${when} do not resolve ${metric}: it takes ${String(needs)}`;
}
