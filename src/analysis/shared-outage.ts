import type { DurationNs, RunNs } from '../model/time.ts';

/** Outages of a control probe's target. */
export type ControlOutages = {
  readonly probe: string;
  readonly intervalNs: DurationNs;
  readonly outages: readonly { readonly start: RunNs; readonly end: RunNs }[];
};

/**
 * The control probe that was out at the same time, or null. Between two of its attempts a target's state is not known, so a control's
 * outage is taken from the attempt before it to the one after it. It is shared when that covers at least half of the outage (for
 * one of a single attempt: that attempt, give or take its own interval): a blip of the control does not excuse ten seconds.
 *
 *     target, every 20     xxxxxxxxxx            xxxxxxxxxx
 *     control, every 20    ..xxxxxxx.            ....x.....
 *                          shared                not shared
 */
export function sharedControl(
  outage: { readonly start: RunNs; readonly end: RunNs },
  intervalNs: DurationNs,
  controls: readonly ControlOutages[],
): string | null {
  const single = outage.start === outage.end;
  const start = single ? outage.start - intervalNs : outage.start;
  const end = single ? outage.end + intervalNs : outage.end;
  for (const control of controls) {
    let covered = 0;
    for (const other of control.outages) {
      if (other.end + control.intervalNs <= start) continue;
      if (other.start - control.intervalNs >= end) break;
      const from = Math.max(start, other.start - control.intervalNs);
      covered += Math.min(end, other.end + control.intervalNs) - from;
    }
    if (single ? covered > 0 : covered * 2 >= end - start) return control.probe;
  }
  return null;
}
