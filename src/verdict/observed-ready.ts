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
  if (workloads.length === 0) return [seen(null, [], 'no workload was seen')];
  if (metric === 'restarts') {
    const unknown = workloads.filter((workload) => known(workload, window).length === 0);
    const sum = workloads.reduce((total, workload) => total + restarts(workload, window), 0);
    const missing =
      unknown.length === 0 ? null : noCount(unknown.map(({ name }) => name).join(', '));
    return [{ ...seen(null, [sum], missing), empty: unknown.length === workloads.length }];
  }
  return workloads.map((workload) => {
    const points = known(workload, window);
    const missing = points.length === 0 ? noCount(workload.name) : null;
    const values = points.map(({ ready, floor }) =>
      metric === 'ready.min' ? ready : Math.max(0, floor - ready),
    );
    const worst = metric === 'ready.min' ? Math.min(...values) : Math.max(...values);
    return seen(workload.name, values.length === 0 ? [] : [worst], missing);
  });
}

function seen(subject: string | null, values: readonly number[], missing: string | null): Seen {
  const value = values[0] ?? 0;
  return {
    subject,
    value: { unit: 'number', low: value, high: value },
    unshared: null,
    missing,
    empty: values.length === 0,
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
