import type { LatencyPoint } from '../model/analysis.ts';
import { type DurationNs, NS_PER_MS, type RunNs } from '../model/time.ts';

const MOST_BUCKETS = 600;
const FIRST_WIDTH_NS: DurationNs = 100 * NS_PER_MS;
/** Values of a bucket are told apart to 2 %: enough for a picture, and counts that can be added. */
const LOG_STEP = Math.log(1.02);

type Bucket = { count: number; max: number; readonly values: Map<number, number> };

/**
 * Latencies → at most 600 points over the run, however long it is: when the buckets are used up, neighbours are joined and
 * the width doubles. The result does not depend on the order of adding.
 */
export function createLatencyOverTime() {
  let widthNs = FIRST_WIDTH_NS;
  let buckets = new Map<number, Bucket>();

  const join = () => {
    widthNs *= 2;
    const joined = new Map<number, Bucket>();
    for (const [index, bucket] of buckets) {
      const half = Math.floor(index / 2);
      const into = joined.get(half);
      if (into === undefined) joined.set(half, bucket);
      else pour(bucket, into);
    }
    buckets = joined;
  };

  return {
    add: (due: RunNs, latency: DurationNs) => {
      const at = Math.max(0, due);
      while (at >= MOST_BUCKETS * widthNs) join();
      const index = Math.floor(at / widthNs);
      const bucket = buckets.get(index) ?? { count: 0, max: 0, values: new Map<number, number>() };
      buckets.set(index, bucket);
      const value = latency < 1 ? 0 : Math.round(Math.log(latency) / LOG_STEP);
      bucket.count += 1;
      bucket.max = Math.max(bucket.max, latency);
      bucket.values.set(value, (bucket.values.get(value) ?? 0) + 1);
    },
    finish: (): readonly LatencyPoint[] =>
      [...buckets]
        .sort(([a], [b]) => a - b)
        .map(([index, bucket]) => ({
          at: index * widthNs,
          p50: Math.min(bucket.max, median(bucket)),
          max: bucket.max,
          count: bucket.count,
        })),
  };
}

function pour(from: Bucket, into: Bucket): void {
  into.count += from.count;
  into.max = Math.max(into.max, from.max);
  for (const [value, count] of from.values)
    into.values.set(value, (into.values.get(value) ?? 0) + count);
}

function median(bucket: Bucket): DurationNs {
  let seen = 0;
  for (const [value, count] of [...bucket.values].sort(([a], [b]) => a - b)) {
    seen += count;
    if (seen * 2 >= bucket.count) return Math.exp(value * LOG_STEP);
  }
  return 0;
}
