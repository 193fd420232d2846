import { type DurationNs, NS_PER_MS, NS_PER_S, type RunNs } from '../model/time.ts';

/** One look at all clocks. `bootNs` counts suspended time, the monotonic `at` does not; null where unknown. */
export type ClockReading = {
  readonly at: RunNs;
  readonly wallNs: DurationNs;
  readonly bootNs: DurationNs | null;
};

export type ClockChange =
  /** The machine was suspended somewhere in [start, end]: nothing could be observed for `lostNs` that no figure shows. */
  | {
      readonly kind: 'suspended';
      readonly start: RunNs;
      readonly end: RunNs;
      readonly lostNs: DurationNs;
    }
  /** The wall clock was set; measurements are on the monotonic clock and stand. */
  | { readonly kind: 'stepped'; readonly at: RunNs; readonly byNs: DurationNs };

const SUSPENDED_NS = NS_PER_S;
const STEPPED_NS = 100 * NS_PER_MS;

/** Two successive readings → what happened to the clocks between them. Pure. */
export function clockChanges(before: ClockReading, now: ClockReading): readonly ClockChange[] {
  const elapsed = now.at - before.at;
  const lostNs =
    before.bootNs === null || now.bootNs === null ? 0 : now.bootNs - before.bootNs - elapsed;
  const suspended = lostNs > SUSPENDED_NS;
  const byNs = now.wallNs - before.wallNs - elapsed - (suspended ? lostNs : 0);
  const changes: ClockChange[] = [];
  if (suspended) changes.push({ kind: 'suspended', start: before.at, end: now.at, lostNs });
  if (Math.abs(byNs) > STEPPED_NS) changes.push({ kind: 'stepped', at: now.at, byNs });
  return changes;
}
