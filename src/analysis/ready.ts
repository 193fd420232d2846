import type { ReadyPoint, WorkloadAnalysis } from '../model/analysis.ts';
import type { Json, RunEvent } from '../model/event.ts';
import { type DurationNs, NS_PER_S } from '../model/time.ts';

/** Pods and what is asked of them are watched apart: news of the one may come so much before that of the other. */
const APART_NS: DurationNs = NS_PER_S;

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
    finish: (): readonly WorkloadAnalysis[] =>
      [...workloads.values()].map((workload) => ({
        ...workload,
        points: workload.points.map(asAsked),
      })),
  };
}

/**
 * A point by what was asked for then. A pod goes because fewer were asked for, never before, so where fewer pods than required are followed
 * at once by news that fewer are required, only the news came in the wrong order:
 *
 *     (0: 3 of 3) (5: 2 of 3) (5.01: 2 of 2) → (0: 3 of 3) (5: 2 of 2) (5.01: 2 of 2)
 */
function asAsked(point: ReadyPoint, index: number, points: readonly ReadyPoint[]): ReadyPoint {
  if (point.ready >= point.floor) return point;
  for (const later of points.slice(index + 1)) {
    if (later.at - point.at > APART_NS) break;
    if (later.floor < point.floor && point.ready >= later.floor) {
      return { ...point, desired: later.desired, floor: later.floor };
    }
  }
  return point;
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
