import type { LatencyPoint } from '../model/analysis.ts';
import { type DurationNs, NS_PER_MS, type RunNs } from '../model/time.ts';

const MOST_BUCKETS = 600;
const FIRST_WIDTH_NS: DurationNs = 100 * NS_PER_MS;
/** Values of a bucket are told apart to 2 %: enough for a picture, and counts that can be added. */
const LOG_STEP = Math.log(1.02);

type Bucket = { count: number; max: number; readonly values: Map<number, Tally> };
/** How often a value came. Counted in place: one look-up a sample. */
type Tally = { count: number };

/**
 * Latencies → at most 600 points over the run, however long it is: when the buckets are used up, neighbours are joined and
 * the width doubles. The result does not depend on the order of adding.
 */
export function createLatencyOverTime() {
  let widthNs = FIRST_WIDTH_NS;
  let buckets = new Map<number, Bucket>();
  /** The bucket of the sample before: that of the next one as a rule. */
  let latest: { readonly index: number; readonly bucket: Bucket } | null = null;

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
    latest = null;
  };
  const bucketAt = (index: number): Bucket => {
    if (latest?.index === index) return latest.bucket;
    let bucket = buckets.get(index);
    if (bucket === undefined) {
      bucket = { count: 0, max: 0, values: new Map() };
      buckets.set(index, bucket);
    }
    latest = { index, bucket };
    return bucket;
  };

  return {
    add: (due: RunNs, latency: DurationNs) => {
      const at = Math.max(0, due);
      while (at >= MOST_BUCKETS * widthNs) join();
      const bucket = bucketAt(Math.floor(at / widthNs));
      const value = latency < 1 ? 0 : Math.round(Math.log(latency) / LOG_STEP);
      bucket.count += 1;
      bucket.max = Math.max(bucket.max, latency);
      count(bucket, value, 1);
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
  for (const [value, tally] of from.values) count(into, value, tally.count);
}

function count(bucket: Bucket, value: number, times: number): void {
  const tally = bucket.values.get(value);
  if (tally === undefined) bucket.values.set(value, { count: times });
  else tally.count += times;
}

function median(bucket: Bucket): DurationNs {
  let seen = 0;
  for (const [value, tally] of [...bucket.values].sort(([a], [b]) => a - b)) {
    seen += tally.count;
    if (seen * 2 >= bucket.count) return Math.exp(value * LOG_STEP);
  }
  return 0;
}
