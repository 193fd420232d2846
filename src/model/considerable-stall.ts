import { type DurationNs, NS_PER_MS } from './time.ts';

/**
 * How long the verifier (or the whole machine) must have stood still in an attempt's flight for a failure of it to be in doubt: at least
 * 50 ms and a tenth of its timeout, never more than half of it (docs/decisions/004).
 */
export function considerableStall(timeoutNs: DurationNs): DurationNs {
  return Math.min(Math.max(50 * NS_PER_MS, timeoutNs / 10), timeoutNs / 2);
}
