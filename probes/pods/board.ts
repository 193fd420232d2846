import type { Json, RunEvent } from '../../src/model/event.ts';
import type { RunNs } from '../../src/model/time.ts';
import type { Span } from './followed.ts';
import type { Change } from './object-store.ts';
import type { Owner } from './owner.ts';
import type { PodFacts } from './pod-facts.ts';
import { type PodTransition, podDeleted, podTransitions } from './pod-transitions.ts';
import { countReady, isServing, readyPods, type WorkloadCount } from './ready-count.ts';
import { WORKLOAD_COLLECTIONS, type WorkloadSpec } from './workload-spec.ts';

export type ProbeEvent = Omit<RunEvent, 'probe'>;

/**
 * Pods and workloads as they change → events. The counts are taken once after all changes that came together, so that a
 * list in which one pod is gone and another new does not look like a moment with neither.
 */
export type Board = {
  readonly start: (
    pods: readonly PodFacts[],
    specs: readonly WorkloadSpec[],
    at: RunNs,
  ) => readonly ProbeEvent[];
  readonly pods: (
    changes: readonly Change<PodFacts>[],
    gap: Span | null,
    at: RunNs,
  ) => readonly ProbeEvent[];
  readonly specs: (changes: readonly Change<WorkloadSpec>[], at: RunNs) => readonly ProbeEvent[];
};

type Workload = Owner & {
  uid: string | null;
  desired: number;
  floor: number;
  count: WorkloadCount | null;
  restarts: number;
};

/** `names`: the workloads to look at; null for all that own a selected pod. */
export function createBoard(names: readonly string[] | null): Board {
  const pods = new Map<string, PodFacts>();
  const specs = new Map<string, WorkloadSpec>();
  const workloads = new Map<string, Workload>();

  const watched = (name: string) => names === null || names.includes(name);

  /** The workload of a pod, from when it is known what it asks for. Jobs end on their own: they have no count. */
  const workloadOf = (owner: Owner, endsByItself: boolean): Workload | null => {
    const known = workloads.get(keyOf(owner));
    if (known !== undefined) return known;
    const bare = owner.kind === 'Pod' ? { uid: null, desired: 1, floor: 1 } : undefined;
    const spec = bare ?? specs.get(keyOf(owner));
    if (spec === undefined || (bare !== undefined && endsByItself)) return null;
    const { uid, desired, floor } = spec;
    const workload = { ...owner, uid, desired, floor, count: null, restarts: 0 };
    workloads.set(keyOf(owner), workload);
    return workload;
  };

  const recount = (at: RunNs): readonly ProbeEvent[] => {
    const all = [...pods.values()];
    for (const { owner, endsByItself } of all) workloadOf(owner, endsByItself);
    return [...workloads.values()].flatMap((workload) => {
      const { desired, floor, restarts, count: before } = workload;
      const count = countReady(
        before,
        { ready: readyPods(all, workload), desired, floor },
        restarts,
      );
      workload.count = count;
      return before !== null && sameCount(before, count)
        ? []
        : [workloadEvent(workload, count, at)];
    });
  };

  /** A pod's restarts count for its workload from when the pod was first seen. */
  const addRestarts = ({ owner, endsByItself, restarts }: PodFacts, before: PodFacts | null) => {
    const workload = workloadOf(owner, endsByItself);
    const more = restarts - (before?.restarts ?? 0);
    if (workload !== null && more > 0) workload.restarts += more;
  };

  const podChange = (
    change: Change<PodFacts>,
    gap: Span | null,
    at: RunNs,
  ): readonly ProbeEvent[] => {
    const pod = change.type === 'put' ? change.after : change.last;
    if (!watched(pod.owner.name)) return [];
    const transitions = [...podTransitions(change.before, pod)];
    if (change.type === 'put') pods.set(pod.uid, pod);
    else {
      pods.delete(pod.uid);
      transitions.push(podDeleted(pod));
    }
    addRestarts(pod, change.before);
    const ended = change.type === 'gone';
    return transitions.map((transition) =>
      podEvent(pod, transition, { at, gap, ended, atStart: false }),
    );
  };

  return {
    start: (startPods, startSpecs, at) => {
      for (const spec of startSpecs) specs.set(keyOf(spec), spec);
      const chosen = startPods.filter((pod) => watched(pod.owner.name));
      const events = chosen.flatMap((pod) => {
        pods.set(pod.uid, pod);
        const options = { at, gap: null, ended: false, atStart: true };
        return podTransitions(null, pod).map((transition) => podEvent(pod, transition, options));
      });
      if (names !== null)
        for (const spec of startSpecs) if (watched(spec.name)) workloadOf(spec, false);
      for (const { owner, endsByItself } of chosen) workloadOf(owner, endsByItself);
      // What was asked for at the start was had at the start, as far as this run is concerned.
      for (const workload of workloads.values()) workload.count = startCount(workload.floor);
      return [...events, ...recount(at)];
    },
    pods: (changes, gap, at) => [
      ...changes.flatMap((change) => podChange(change, gap, at)),
      ...recount(at),
    ],
    specs: (changes, at) => {
      for (const change of changes) {
        // A workload that was deleted still owes the pods it asked for last.
        if (change.type === 'gone') continue;
        const { after } = change;
        specs.set(keyOf(after), after);
        const { uid, desired, floor } = after;
        const workload = workloads.get(keyOf(after));
        if (workload !== undefined) Object.assign(workload, { uid, desired, floor });
      }
      return recount(at);
    },
  };
}

/** Kinds with a count of ready pods; `Pod` is a bare pod. */
export function isCounted(owner: Owner): boolean {
  return owner.kind === 'Pod' || owner.kind in WORKLOAD_COLLECTIONS;
}

function keyOf({ kind, name }: Owner): string {
  return `${kind}/${name}`;
}

function startCount(proven: number): WorkloadCount {
  return { ready: -1, desired: -1, floor: -1, restarts: 0, proven };
}

function sameCount(a: WorkloadCount, b: WorkloadCount): boolean {
  return (
    a.ready === b.ready &&
    a.desired === b.desired &&
    a.floor === b.floor &&
    a.restarts === b.restarts
  );
}

function workloadEvent(workload: Workload, count: WorkloadCount, at: RunNs): ProbeEvent {
  const { kind, name, uid } = workload;
  const { ready, desired, floor, restarts } = count;
  return {
    kind: 'workload',
    at,
    end: null,
    target: null,
    subject: { kind, name, uid },
    what: 'ready',
    serverTime: null,
    detail: { ready, desired, floor, restarts },
  };
}

type Seeing = {
  readonly at: RunNs;
  readonly gap: Span | null;
  readonly ended: boolean;
  readonly atStart: boolean;
};

function podEvent(
  pod: PodFacts,
  { what, serverTime }: PodTransition,
  { at, gap, ended, atStart }: Seeing,
): ProbeEvent {
  const detail: Record<string, Json> = {
    image: pod.image,
    node: pod.node,
    phase: pod.phase,
    ready: !ended && isServing(pod),
    workload: `${pod.owner.kind}/${pod.owner.name}`,
    restarts: pod.restarts,
    reason: pod.reason,
    // Seen in a list only: it happened between these two (run ns).
    between: gap === null ? null : [gap.start, gap.end],
    // It was so when the probe first looked, and nobody knows since when.
    atStart,
  };
  const subject = { kind: 'Pod', name: pod.name, uid: pod.uid };
  return { kind: 'pod', at, end: null, target: null, subject, what, serverTime, detail };
}
