import type { AttemptResult } from '../contracts/probe.ts';
import { considerableStall } from '../model/considerable-stall.ts';
import { latenessLimit } from '../model/lateness.ts';
import type { PlannedTarget } from '../model/plan.ts';
import { FLAG, type Outcome, type Reason } from '../model/sample.ts';
import { type DurationNs, NS_PER_MS, type RunNs } from '../model/time.ts';

export type Weighed = {
  readonly outcome: Outcome;
  readonly reason: Reason;
  readonly flags: number;
};

/**
 * What a probe says of an attempt → what may be said of the target, knowing that this process stood still for `stalledNs`
 * while the attempt was in flight (docs/decisions/004).
 */
export function weigh(
  result: AttemptResult,
  target: PlannedTarget,
  due: RunNs,
  stalledNs: DurationNs,
): Weighed {
  const { outcome, reason, sent } = result;
  if (outcome === 'unsent') return { outcome, reason, flags: 0 };
  // Null: it failed before anything could leave (a name that does not resolve), which is the target's doing.
  if (sent !== null && sent - due > latenessLimit(target.intervalNs)) {
    return { outcome: 'unsent', reason: 'late', flags: 0 };
  }
  const stalled = stalledNs >= considerableStall(target.timeoutNs);
  if (outcome === 'ok') {
    if (result.late !== true) {
      return { outcome, reason, flags: stalledNs > 10 * NS_PER_MS ? FLAG.disturbed : 0 };
    }
    // Read after its deadline. Whether it had come before, nobody knows who stood still over the deadline.
    if (!stalled) return { outcome, reason, flags: FLAG.late | FLAG.disturbed };
  }
  if (stalled) return { outcome: 'unsent', reason: 'verifier-stalled', flags: 0 };
  return { outcome, reason, flags: 0 };
}
