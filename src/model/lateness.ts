import { type DurationNs, NS_PER_MS } from './time.ts';

/** How long after its due time an attempt may leave and still count: its interval, and at least 10 ms. */
export function latenessLimit(intervalNs: DurationNs): DurationNs {
  return Math.max(intervalNs, 10 * NS_PER_MS);
}
