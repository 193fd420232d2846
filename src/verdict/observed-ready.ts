import type { ProbeAnalysis, ReadyPoint, WorkloadAnalysis } from '../model/analysis.ts';
import type { Seen } from './seen.ts';
import type { Window } from './window.ts';

/** Ready counts and restarts over the window: the worst workload's, restarts summed. */
export function watchSeen(
  probe: ProbeAnalysis,
  metric: 'ready.min' | 'ready.shortfall' | 'restarts',
  window: Window,
): readonly Seen[] {
  const { workloads } = probe;
  if (workloads.length === 0) return [seen(null, null, 'no workload was seen')];
  if (metric === 'restarts') {
    const unknown = workloads.filter((workload) => known(workload, window).length === 0);
    const sum = workloads.reduce((total, workload) => total + restarts(workload, window), 0);
    const missing =
      unknown.length === 0 ? null : noCount(unknown.map(({ name }) => name).join(', '));
    return [seen(null, unknown.length === workloads.length ? null : sum, missing)];
  }
  return workloads.map((workload) => {
    const points = known(workload, window);
    const missing = points.length === 0 ? noCount(workload.name) : null;
    const bad = ({ ready, floor }: ReadyPoint) =>
      metric === 'ready.min' ? -ready : Math.max(0, floor - ready);
    const worst = points.toSorted((a, b) => bad(b) - bad(a))[0];
    if (worst === undefined) return seen(workload.name, null, missing);
    const at = Math.max(worst.at, window.start);
    return { ...seen(workload.name, Math.abs(bad(worst)), missing), at };
  });
}

function seen(subject: string | null, value: number | null, missing: string | null): Seen {
  return {
    subject,
    value: { unit: 'number', low: value ?? 0, high: value ?? 0 },
    unshared: null,
    missing,
    empty: value === null,
    at: null,
    baseline: null,
  };
}

function noCount(names: string): string {
  return `no ready count known in the window (${names})`;
}

/** The values that held in the window: the one it began with, and those that came. */
function known({ points }: WorkloadAnalysis, window: Window): readonly ReadyPoint[] {
  const held = points.findLast(({ at }) => at <= window.start);
  const came = points.filter(({ at }) => at > window.start && at < window.end);
  return held === undefined ? came : [held, ...came];
}

/** Rises only: the count of a pod that is deleted goes with it. */
function restarts(workload: WorkloadAnalysis, window: Window): number {
  const points = known(workload, window);
  return points.reduce((sum, point, index) => {
    const before = points[index - 1];
    return before === undefined ? sum : sum + Math.max(0, point.restarts - before.restarts);
  }, 0);
}
