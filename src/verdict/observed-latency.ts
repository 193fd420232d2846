import type { MetricName } from '../contracts/probe.ts';
import type { LatencySummary, TargetAnalysis } from '../model/analysis.ts';
import type { Seen } from './seen.ts';

type LatencyMetric = Extract<MetricName, `latency.${string}`>;

const FIGURE: Readonly<
  Record<LatencyMetric, { readonly key: keyof LatencySummary; readonly needs: number }>
> = {
  'latency.min': { key: 'min', needs: 1 },
  'latency.mean': { key: 'mean', needs: 1 },
  'latency.p50': { key: 'p50', needs: 2 },
  'latency.p90': { key: 'p90', needs: 10 },
  'latency.p99': { key: 'p99', needs: 100 },
  'latency.p99.9': { key: 'p999', needs: 1000 },
  'latency.max': { key: 'max', needs: 1 },
};

/**
 * Latency of a target during the upgrade, and in the baseline. A percentile p takes 1/(1 − p) samples: with fewer it
 * would only be the maximum by another name. It lies between what the undisturbed answers give and what all would if the
 * disturbed ones had taken as long as it took to read them.
 */
export function latencySeen(target: TargetAnalysis, metric: LatencyMetric): Seen {
  const { upgrade, baseline } = target.latency;
  const { key } = FIGURE[metric];
  const value = upgrade?.[key] ?? 0;
  // A stall of ours hides how long the answers took that it fell into: the slow ones first.
  const bound = target.latencyAtMost.upgrade?.[key] ?? value;
  return {
    subject: target.name,
    value: { unit: 'duration', low: Math.min(value, bound), high: Math.max(value, bound) },
    unshared: null,
    missing: tooFew(upgrade, metric, 'during the upgrade'),
    // Too few samples for a percentile cannot violate it either.
    empty: tooFew(upgrade, metric, '') !== null,
    at: null,
    baseline: {
      value: baseline?.[key] ?? null,
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
  const { needs } = FIGURE[metric];
  if (count >= needs) return null;
  if (count === 0) return `no answer to time ${when}`;
  return `${String(count)} answers ${when} do not resolve ${metric}: it takes ${String(needs)}`;
}
