import type { PlannedTarget } from '../model/plan.ts';
import type { DurationNs } from '../model/time.ts';

/**
 * From the start of all schedules to when attempt `seq` of a target is due, whole ns. A due time is recorded as its distance from this: for every attempt
 * that was on its schedule the same number, which takes no room on disk. SCHEDULED is the same in SQL, bit for bit: both compute with
 * doubles, and one operation at a time.
 */
export function scheduled({ offsetNs, intervalNs }: PlannedTarget, seq: number): DurationNs {
  return Math.floor(offsetNs + seq * intervalNs);
}

/** `seq` of table `packed_samples` p, offset and interval of table `targets` t. */
export const SCHEDULED = 'floor(t.offset_ns + p.seq * t.interval_ns)::BIGINT';
