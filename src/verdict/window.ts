import type { MetricName } from '../contracts/probe.ts';
import type { Counts, Outage, RunAnalysis, TargetAnalysis } from '../model/analysis.ts';
import type { Phase } from '../model/phase.ts';
import type { RunNs } from '../model/time.ts';
import { isLatencyMetric } from './latency-metric.ts';

/** The stretch of a run an objective is judged over (decision 002). */
export type Window = {
  readonly start: RunNs;
  readonly end: RunNs;
  readonly phases: readonly Phase[];
};

/** Upgrade and settle; for latency the upgrade alone. Null when the upgrade never began. */
export function windowOf(analysis: RunAnalysis, metric: MetricName): Window | null {
  const upgrade = analysis.phases.find(({ phase }) => phase === 'upgrade');
  const settle = analysis.phases.find(({ phase }) => phase === 'settle');
  if (upgrade === undefined) return null;
  if (isLatencyMetric(metric)) {
    const end = settle?.start ?? upgrade.end ?? analysis.end;
    return { start: upgrade.start, end, phases: ['upgrade'] };
  }
  const last = settle ?? upgrade;
  return { start: upgrade.start, end: last.end ?? analysis.end, phases: ['upgrade', 'settle'] };
}

/** Outages with an unsuccessful attempt in the window, cut to it. */
export function outagesWithin(target: TargetAnalysis, window: Window): readonly Outage[] {
  return target.outages
    .filter(({ start, end }) => end >= window.start && start < window.end)
    .map((outage) => {
      const start = Math.max(outage.start, window.start);
      const end = Math.min(outage.end, window.end);
      const whole = start === outage.start && end === outage.end;
      if (whole) return outage;
      // What lies between unsent attempts is not known to be out: as much of the part inside may be that.
      const unknown = outage.end - outage.start - outage.atLeastNs;
      return { ...outage, start, end, atLeastNs: Math.max(0, end - start - unknown) };
    });
}

/** Attempts of the targets due in the window's phases. */
export function countsWithin(targets: readonly TargetAnalysis[], window: Window): Counts {
  const sum = { due: 0, ok: 0, lost: 0, failed: 0, unsent: 0 };
  for (const { phases } of targets) {
    for (const phase of window.phases) {
      sum.due += phases[phase].due;
      sum.ok += phases[phase].ok;
      sum.lost += phases[phase].lost;
      sum.failed += phases[phase].failed;
      sum.unsent += phases[phase].unsent;
    }
  }
  return sum;
}
