import type { ReadyPoint, WorkloadAnalysis } from '../model/analysis.ts';
import type { Json, RunEvent } from '../model/event.ts';

/**
 * Workload events of one probe → for each workload its ready count over time, a point where something changed:
 * (0: 3/3) (5: 3/3) (9: 2/3) → (0: 3/3) (9: 2/3).
 */
export function createReady() {
  const workloads = new Map<string, { kind: string; name: string; points: ReadyPoint[] }>();
  return {
    event: (event: RunEvent) => {
      const point = pointOf(event);
      if (event.subject === null || point === null) return;
      const { kind, name } = event.subject;
      const key = `${kind}/${name}`;
      const workload = workloads.get(key) ?? { kind, name, points: [] };
      workloads.set(key, workload);
      const last = workload.points.at(-1);
      if (last === undefined || !same(last, point)) workload.points.push(point);
    },
    latest: (): readonly { readonly name: string; readonly point: ReadyPoint }[] =>
      [...workloads.values()].flatMap(({ name, points }) => {
        const point = points.at(-1);
        return point === undefined ? [] : [{ name, point }];
      }),
    finish: (): readonly WorkloadAnalysis[] => [...workloads.values()],
  };
}

function pointOf(event: RunEvent): ReadyPoint | null {
  const { ready, desired, floor, restarts } = event.detail;
  if (event.what !== 'ready' || !isNumber(ready) || !isNumber(desired) || !isNumber(floor)) {
    return null;
  }
  return { at: event.at, ready, desired, floor, restarts: isNumber(restarts) ? restarts : 0 };
}

function isNumber(value: Json | undefined): value is number {
  return typeof value === 'number';
}

function same(a: ReadyPoint, b: ReadyPoint): boolean {
  return (
    a.ready === b.ready &&
    a.desired === b.desired &&
    a.floor === b.floor &&
    a.restarts === b.restarts
  );
}
