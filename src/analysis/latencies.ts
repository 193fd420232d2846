import type { LatencySummary } from '../model/analysis.ts';
import type { DurationNs } from '../model/time.ts';
import { createLatencyHistogram, type LatencyHistogram } from './latency-histogram.ts';

/** Three hours: longer than any timeout. */
const MOST_NS = 10_800e9;

/** Latencies added up. `histogram` is null before the first. */
type All = {
  readonly histogram: LatencyHistogram | null;
  readonly sum: number;
  readonly min: DurationNs;
  readonly max: DurationNs;
};

function none(): { -readonly [Key in keyof All]: All[Key] } {
  return { histogram: null, sum: 0, min: Number.POSITIVE_INFINITY, max: 0 };
}

/**
 * Latencies → their summary. Minimum, mean and maximum are exact.
 */
export function createLatencies() {
  // Changed in place: `add` is called for every sample of a run and makes nothing.
  const all = none();
  const count = () => all.histogram?.total() ?? 0;
  return {
    count,
    all: (): All => all,
    add: (latency: DurationNs) => {
      all.histogram ??= createLatencyHistogram();
      all.histogram.add(Math.min(Math.round(latency), MOST_NS));
      all.sum += latency;
      if (latency < all.min) all.min = latency;
      if (latency > all.max) all.max = latency;
    },
    pour: (from: All) => {
      if (from.histogram === null) return;
      all.histogram ??= createLatencyHistogram();
      all.histogram.pour(from.histogram);
      all.sum += from.sum;
      all.min = Math.min(all.min, from.min);
      all.max = Math.max(all.max, from.max);
    },
    p99: (): DurationNs | null =>
      all.histogram === null || count() === 0 ? null : percentilesOf(all.histogram, all)(99),
    summary: (): LatencySummary | null => {
      const { histogram, sum, min, max } = all;
      if (histogram === null || count() === 0) return null;
      const at = percentilesOf(histogram, all);
      const [p50, p90, p99, p999] = [at(50), at(90), at(99), at(99.9)];
      return { count: count(), min, mean: sum / count(), p50, p90, p99, p999, max };
    },
    /** Begins anew with the same memory. */
    reset: () => {
      const { histogram } = all;
      histogram?.reset();
      Object.assign(all, none(), { histogram });
    },
  };
}

/** The upper edge of a bucket may lie beyond what was ever measured. */
function percentilesOf(histogram: LatencyHistogram, { min, max }: Pick<All, 'min' | 'max'>) {
  return (percentile: number) => Math.min(max, Math.max(min, histogram.percentile(percentile)));
}
