import { z } from 'zod';

/** What a workload asks for, from one version of its object. */
export type WorkloadSpec = {
  readonly uid: string;
  readonly name: string;
  /** metadata.resourceVersion */
  readonly version: string;
  readonly kind: string;
  readonly desired: number;
  /** The fewest ready pods its update strategy allows. */
  readonly floor: number;
};

export type IntOrPercent = number | string;

const intOrPercent = z.union([z.number(), z.string()]).nullish();
const workloadObject = z.object({
  metadata: z.object({ name: z.string(), uid: z.string(), resourceVersion: z.string() }),
  spec: z.object({
    replicas: z.number().nullish(),
    strategy: strategy(),
    updateStrategy: strategy(),
  }),
  status: z.object({ desiredNumberScheduled: z.number().nullish() }).nullish(),
});
type WorkloadObject = z.infer<typeof workloadObject>;

function strategy() {
  return z
    .object({
      type: z.string().nullish(),
      rollingUpdate: z.object({ maxUnavailable: intOrPercent, maxSurge: intOrPercent }).nullish(),
    })
    .nullish();
}

/** Kinds whose pods are counted, and the collections they are read from. */
export const WORKLOAD_COLLECTIONS = {
  Deployment: 'deployments',
  StatefulSet: 'statefulsets',
  DaemonSet: 'daemonsets',
  ReplicaSet: 'replicasets',
} as const;
export type WorkloadKind = keyof typeof WORKLOAD_COLLECTIONS;

/** A reader of objects of that kind: an object as the API gives it → what it asks for; null when it is none. */
export function workloadSpec(kind: WorkloadKind): (object: unknown) => WorkloadSpec | null {
  return (object) => {
    const parsed = workloadObject.safeParse(object);
    if (!parsed.success) return null;
    const { name, uid, resourceVersion } = parsed.data.metadata;
    return { uid, name, version: resourceVersion, kind, ...bounds(kind, parsed.data) };
  };
}

function bounds(kind: WorkloadKind, { spec, status }: WorkloadObject) {
  const replicas = spec.replicas ?? 1;
  switch (kind) {
    case 'Deployment': {
      const { type, rollingUpdate } = spec.strategy ?? {};
      if (type === 'Recreate') return { desired: replicas, floor: 0 };
      const { maxUnavailable, maxSurge } = rollingUpdate ?? {};
      const down = deploymentUnavailable(replicas, maxUnavailable ?? '25%', maxSurge ?? '25%');
      return { desired: replicas, floor: replicas - down };
    }
    case 'StatefulSet': {
      // One at a time; more only behind a feature gate. The percentage rounds up.
      const down = resolve(spec.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1, replicas, 'up');
      return { desired: replicas, floor: atLeastZero(replicas - Math.max(1, down)) };
    }
    case 'DaemonSet': {
      const desired = status?.desiredNumberScheduled ?? 0;
      const { maxUnavailable, maxSurge } = spec.updateStrategy?.rollingUpdate ?? {};
      const surge = resolve(maxSurge ?? 0, desired, 'up');
      const down = resolve(maxUnavailable ?? 1, desired, 'up');
      return {
        desired,
        floor: atLeastZero(desired - (surge > 0 && down === 0 ? 0 : Math.max(1, down))),
      };
    }
    case 'ReplicaSet':
      return { desired: replicas, floor: replicas };
  }
}

/**
 * How many pods of a Deployment may be missing. As ResolveFenceposts in k8s.io/kubernetes/pkg/controller/deployment/util:
 * maxSurge rounds up, maxUnavailable down; when both come to 0 the rollout could not move, so maxUnavailable is then 1; never more
 * than there are.
 */
export function deploymentUnavailable(
  replicas: number,
  maxUnavailable: IntOrPercent,
  maxSurge: IntOrPercent,
): number {
  const surge = resolve(maxSurge, replicas, 'up');
  const down = resolve(maxUnavailable, replicas, 'down');
  return Math.min(replicas, surge === 0 && down === 0 ? 1 : down);
}

/** `25%` of 3, rounded up → 1; rounded down → 0. A plain number stays as it is. */
function resolve(value: IntOrPercent, total: number, round: 'up' | 'down'): number {
  if (typeof value === 'number') return value;
  const exact = (Number.parseInt(value, 10) * total) / 100;
  return round === 'up' ? Math.ceil(exact) : Math.floor(exact);
}

function atLeastZero(count: number): number {
  return Math.max(0, count);
}
