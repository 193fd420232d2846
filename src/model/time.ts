/** Nanoseconds on the run's monotonic base: 0 is the run's anchor. Exact as a double for 104 days. */
export type RunNs = number;

/** A length of time in nanoseconds. */
export type DurationNs = number;

export const NS_PER_MS = 1_000_000;
export const NS_PER_S = 1_000_000_000;

/**
 * The one anchor of a run: the same instant on the monotonic clock (CLOCK_MONOTONIC, shared by every process
 * and thread of the machine) and on the wall clock (ns since 1970-01-01T00:00:00Z).
 */
export type RunAnchor = {
  readonly monotonicNs: bigint;
  readonly wallNs: bigint;
};

/** Run time as ISO 8601 in UTC with nanoseconds: `2026-11-23T03:14:46.000000001Z`. */
export function wallTime(anchor: RunAnchor, at: RunNs): string {
  const ns = anchor.wallNs + BigInt(Math.round(at));
  const perSecond = BigInt(NS_PER_S);
  const fraction = ((ns % perSecond) + perSecond) % perSecond;
  const seconds = (ns - fraction) / perSecond;
  const date = new Date(Number(seconds) * 1000).toISOString();
  return `${date.slice(0, 19)}.${fraction.toString().padStart(9, '0')}Z`;
}
