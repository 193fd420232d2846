import { build, type Histogram } from 'hdr-histogram-js';
import type { LatencySummary } from '../model/analysis.ts';
import type { Phase } from '../model/phase.ts';
import { FLAG } from '../model/sample.ts';
import type { DurationNs } from '../model/time.ts';
import type { Row } from './row.ts';

/**
 * Below this the histogram does not tell values apart (a percentile is exact to this or to 3 digits, whichever is
 * coarser). 64 ns is far under what a JavaScript clock resolves and saves a third of the memory.
 */
const UNIT_NS = 64;
/** Three hours: longer than any timeout. The library would throw beyond its range, or resize without an end. */
const MOST_NS = 10_800e9;

/** Latency over the rows that are ok and were not touched by a stall of the verifier. */
export function usableLatency(row: Row): DurationNs | null {
  const disturbed = (row.flags & (FLAG.disturbed | FLAG.late)) !== 0;
  return row.outcome === 'ok' && !disturbed && row.latency !== null && row.latency >= 0
    ? row.latency
    : null;
}

/**
 * Latency of one target by phase. Rows come in order of due time, so a phase is over when the next one's first row comes: its
 * histogram becomes a summary of eight numbers and is used again. Thousands of targets hold one histogram (some tens of KB) each.
 *
 * Minimum, mean and maximum are exact: hdr-histogram-js rounds them to its buckets and takes no 0 for a minimum.
 */
export function createLatency() {
  const done: Record<Phase, LatencySummary | null> = {
    baseline: null,
    upgrade: null,
    settle: null,
  };
  let phase: Phase | null = null;
  let histogram: Histogram | null = null;
  let sum = 0;
  let min = Number.POSITIVE_INFINITY;
  let max = 0;

  const close = () => {
    if (phase === null || histogram === null || histogram.totalCount === 0) return;
    const count = histogram.totalCount;
    const at = percentilesOf(histogram, min, max);
    done[phase] = {
      count,
      min,
      mean: sum / count,
      p50: at(50),
      p90: at(90),
      p99: at(99),
      p999: at(99.9),
      max,
    };
    histogram.reset();
    sum = 0;
    min = Number.POSITIVE_INFINITY;
    max = 0;
  };

  return {
    add: (row: Row, inPhase: Phase | null) => {
      const latency = usableLatency(row);
      if (inPhase === null || latency === null) return;
      if (inPhase !== phase) close();
      phase = inPhase;
      histogram ??= newHistogram();
      histogram.recordValue(Math.min(Math.round(latency), MOST_NS));
      sum += latency;
      min = Math.min(min, latency);
      max = Math.max(max, latency);
    },
    /** Samples so far of the phase now. */
    count: (inPhase: Phase | null): number =>
      inPhase !== null && inPhase === phase ? (histogram?.totalCount ?? 0) : 0,
    /** Of the phase now: walks the histogram (tens of µs). */
    p99: (): DurationNs | null =>
      histogram === null || histogram.totalCount === 0
        ? null
        : percentilesOf(histogram, min, max)(99),
    finish: (): Readonly<Record<Phase, LatencySummary | null>> => {
      close();
      return done;
    },
  };
}

function newHistogram(): Histogram {
  return build({
    bitBucketSize: 32,
    autoResize: true,
    lowestDiscernibleValue: UNIT_NS,
    highestTrackableValue: 2 * UNIT_NS,
    numberOfSignificantValueDigits: 3,
  });
}

/** The library gives the upper edge of a bucket, which may lie beyond what was ever measured. */
function percentilesOf(histogram: Histogram, min: number, max: number) {
  return (percentile: number) =>
    Math.min(max, Math.max(min, histogram.getValueAtPercentile(percentile)));
}
