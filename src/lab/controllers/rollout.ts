import type { Condition, Deployment, DeploymentStatus, ReplicaSet } from '../objects.ts';

/** The ReplicaSets of a Deployment: the one of its present template, and the others, oldest first. */
export type Generations = { readonly current: ReplicaSet; readonly old: readonly ReplicaSet[] };

export type Scaling = { readonly set: ReplicaSet; readonly replicas: number };

/**
 * `25%` of 3 → surge 1 (rounded up), unavailable 0 (rounded down). Both 0 would never move: then one may be unavailable.
 * Source: ResolveFenceposts in k8s.io/kubernetes/pkg/controller/deployment/util.
 */
export function fenceposts(spec: Deployment['spec']): { maxSurge: number; maxUnavailable: number } {
  const { maxSurge = '25%', maxUnavailable = '25%' } = spec.strategy.rollingUpdate ?? {};
  const surge = resolve(maxSurge, spec.replicas, Math.ceil);
  const unavailable = resolve(maxUnavailable, spec.replicas, Math.floor);
  return { maxSurge: surge, maxUnavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

function resolve(value: number | string, of: number, round: (value: number) => number): number {
  return typeof value === 'number' ? value : round((Number.parseInt(value, 10) / 100) * of);
}

/** How many replicas the current ReplicaSet may have now. Source: NewRSNewReplicas. */
export function currentReplicas(
  { spec }: Deployment,
  current: number,
  old: readonly ReplicaSet[],
): number {
  if (current >= spec.replicas) return spec.replicas;
  const total = current + sum(old, (set) => set.spec.replicas);
  if (spec.strategy.type === 'Recreate') return total > current ? current : spec.replicas;
  const room = spec.replicas + fenceposts(spec).maxSurge - total;
  return room <= 0 ? current : Math.min(spec.replicas, current + room);
}

/**
 * Which old ReplicaSets to scale down now, and to how many: unhealthy replicas first, then as many as stay above what
 * must be available. Source: reconcileOldReplicaSets, cleanupUnhealthyReplicas, scaleDownOldReplicaSetsForRollingUpdate.
 */
export function scaleDownOld(
  deployment: Deployment,
  { current, old }: Generations,
): readonly Scaling[] {
  const { spec } = deployment;
  if (spec.strategy.type === 'Recreate') {
    return old.filter((set) => set.spec.replicas > 0).map((set) => ({ set, replicas: 0 }));
  }
  const all = [...old, current];
  const minAvailable = spec.replicas - fenceposts(spec).maxUnavailable;
  const currentUnavailable = current.spec.replicas - (current.status.availableReplicas ?? 0);
  let unhealthyRoom = sum(all, (set) => set.spec.replicas) - minAvailable - currentUnavailable;
  if (unhealthyRoom <= 0) return [];
  const wanted = new Map(old.map((set) => [set, set.spec.replicas]));
  for (const set of old) {
    const unhealthy = Math.max(0, set.spec.replicas - (set.status.availableReplicas ?? 0));
    const fewer = Math.min(unhealthy, unhealthyRoom);
    wanted.set(set, set.spec.replicas - fewer);
    unhealthyRoom -= fewer;
  }
  let room = sum(all, (set) => set.status.availableReplicas ?? 0) - minAvailable;
  for (const set of old) {
    if (room <= 0) break;
    const left = wanted.get(set) ?? 0;
    const fewer = Math.min(left, room);
    wanted.set(set, left - fewer);
    room -= fewer;
  }
  return [...wanted.entries()]
    .filter(([set, replicas]) => replicas !== set.spec.replicas)
    .map(([set, replicas]) => ({ set, replicas }));
}

/** The status but for `Progressing`. `Available` follows maxUnavailable. Source: calculateStatus. */
export function countStatus(
  deployment: Deployment,
  sets: Generations,
  now: string,
): DeploymentStatus {
  const all = [...sets.old, sets.current];
  const { spec, metadata, status } = deployment;
  const available = sum(all, (set) => set.status.availableReplicas ?? 0);
  const enough = available >= spec.replicas - fenceposts(spec).maxUnavailable;
  const unavailable = Math.max(0, sum(all, (set) => set.spec.replicas) - available);
  return {
    observedGeneration: metadata.generation ?? 1,
    ...nonZero({
      replicas: sum(all, (set) => set.status.replicas),
      updatedReplicas: sets.current.status.replicas,
      readyReplicas: sum(all, (set) => set.status.readyReplicas ?? 0),
      availableReplicas: available,
      unavailableReplicas: unavailable,
    }),
    conditions: withCondition(status.conditions ?? [], {
      type: 'Available',
      status: enough ? 'True' : 'False',
      lastUpdateTime: now,
      lastTransitionTime: now,
      reason: enough ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
      message: enough
        ? 'Deployment has minimum availability.'
        : 'Deployment does not have minimum availability.',
    }),
  };
}

/**
 * The `Progressing` condition after a turn: complete, progressing, past its deadline, or as it was. `sinceMs` is what
 * the deadline runs from. Source: syncRolloutStatus.
 */
export function progress(
  deployment: Deployment,
  next: DeploymentStatus,
  setName: string,
  nowMs: number,
  now: string,
): { readonly condition: Condition | null; readonly deadlineInMs: number | null } {
  const { spec, status: before } = deployment;
  const known = next.conditions?.find(({ type }) => type === 'Progressing');
  const counts = (status: DeploymentStatus) => {
    const { replicas = 0, updatedReplicas: updated = 0 } = status;
    return {
      replicas,
      updated,
      ready: status.readyReplicas ?? 0,
      available: status.availableReplicas ?? 0,
    };
  };
  const to = counts(next);
  const from = counts(before);
  const condition = (status: 'True' | 'False', reason: string, message: string) => ({
    condition: {
      type: 'Progressing',
      status,
      lastUpdateTime: now,
      lastTransitionTime: now,
      reason,
      message,
    },
    deadlineInMs: null,
  });
  if (to.replicas === to.updated && known?.reason === 'NewReplicaSetAvailable') {
    return { condition: null, deadlineInMs: null };
  }
  if (
    to.updated === spec.replicas &&
    to.replicas === spec.replicas &&
    to.available === spec.replicas
  ) {
    const message = `ReplicaSet "${setName}" has successfully progressed.`;
    return condition('True', 'NewReplicaSetAvailable', message);
  }
  const moved =
    to.updated > from.updated ||
    to.replicas - to.updated < from.replicas - from.updated ||
    to.ready > from.ready ||
    to.available > from.available;
  const deadlineMs = (spec.progressDeadlineSeconds ?? 600) * 1000;
  if (moved) {
    const message = `ReplicaSet "${setName}" is progressing.`;
    return {
      ...condition('True', 'ReplicaSetUpdated', message),
      deadlineInMs: deadlineMs,
    };
  }
  if (known === undefined || known.reason === 'ProgressDeadlineExceeded') {
    return { condition: null, deadlineInMs: null };
  }
  const leftMs = Date.parse(known.lastUpdateTime ?? now) + deadlineMs - nowMs;
  if (leftMs > 0) return { condition: null, deadlineInMs: leftMs };
  const message = `ReplicaSet "${setName}" has timed out progressing.`;
  return condition('False', 'ProgressDeadlineExceeded', message);
}

/** Sets a condition; its transition time moves only with its status, and nothing changes without a new status or reason. */
export function withCondition(
  conditions: readonly Condition[],
  next: Condition,
): readonly Condition[] {
  const known = conditions.find(({ type }) => type === next.type);
  if (known === undefined) return [...conditions, next];
  if (next.type === 'Available' && known.status === next.status && known.reason === next.reason) {
    return conditions;
  }
  const lastTransitionTime =
    known.status === next.status ? known.lastTransitionTime : next.lastTransitionTime;
  return [...conditions.filter(({ type }) => type !== next.type), { ...next, lastTransitionTime }];
}

function sum(sets: readonly ReplicaSet[], of: (set: ReplicaSet) => number): number {
  return sets.reduce((total, set) => total + of(set), 0);
}

/** Counts of 0 are left out on the wire. */
function nonZero(counts: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0));
}
