import type { DurationNs } from '../model/time.ts';

/** 2 to this many ns are told apart at the least: 64 ns is far under what a JavaScript clock resolves, and saves a third of the memory. */
const UNIT_BITS = 6;
/** Of the first 2 to this + 1 units each has a bucket; above, each power of two has 2 to this of them: 3 digits. */
const HALF_BITS = 10;
const HALF = 2 ** HALF_BITS;
const TWO_32 = 2 ** 32;

export type LatencyHistogram = ReturnType<typeof createLatencyHistogram>;

/**
 * Counts of whole ns, from 0 on, in the buckets of HdrHistogram (Gil Tene): a percentile is exact to 64 ns or to 3 digits, whichever is coarser. hdr-histogram-js gives the same figures (a property holds
 * it), but finds a bucket by a logarithm and two powers, which was a third of the time of a report.
 */
export function createLatencyHistogram() {
  let counts = new Uint32Array(0);
  let total = 0;
  const reach = (index: number) => {
    // Whole powers of two, so that it grows a few times only.
    const grown = new Uint32Array((Math.floor(index / HALF) + 1) * HALF);
    grown.set(counts);
    counts = grown;
  };
  const histogram = {
    total: () => total,
    counts: (): Readonly<Uint32Array> => counts,
    add: (value: DurationNs) => {
      const index = bucketOf(value);
      if (index >= counts.length) reach(index);
      counts[index] = (counts[index] ?? 0) + 1;
      total++;
    },
    pour: (from: {
      readonly counts: () => Readonly<Uint32Array>;
      readonly total: () => number;
    }) => {
      const others = from.counts();
      if (others.length > counts.length) reach(others.length - 1);
      for (let index = 0; index < others.length; index++) {
        counts[index] = (counts[index] ?? 0) + (others[index] ?? 0);
      }
      total += from.total();
    },
    /** The upper edge of the bucket in which the percentile lies; 0 when nothing was added. */
    percentile: (percentile: number): DurationNs => {
      const share = (percentile / 100) * total;
      // 99.9 % of 1,000 is 999, not what a double makes of it.
      const rank = Math.max(1, Math.ceil(share - share * Number.EPSILON));
      let seen = 0;
      for (let index = 0; index < counts.length; index++) {
        seen += counts[index] ?? 0;
        if (seen >= rank) return upperEdge(index);
      }
      return 0;
    },
    /** Begins anew with the same memory. */
    reset: () => {
      counts.fill(0);
      total = 0;
    },
  };
  return histogram;
}

/** 0..63 → 0, 64..127 → 1, ..., 131,071 → 2047, then two units a bucket, then four, ... */
function bucketOf(value: DurationNs): number {
  const exponent =
    value < TWO_32 ? 31 - Math.clz32(value) : 63 - Math.clz32(Math.floor(value / TWO_32));
  const power = Math.max(0, exponent - HALF_BITS - UNIT_BITS);
  const shift = power + UNIT_BITS;
  const within = value < TWO_32 ? value >>> shift : Math.floor(value / 2 ** shift);
  return power * HALF + within;
}

function upperEdge(index: number): DurationNs {
  const power = Math.max(0, Math.floor(index / HALF) - 1);
  const width = 2 ** (power + UNIT_BITS);
  return (index - power * HALF + 1) * width - 1;
}
