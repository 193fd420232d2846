import { isDeepStrictEqual } from 'node:util';
import { wallMs } from '../../platform/clock.ts';
import { deleteObject } from '../api/deletion.ts';
import type { Store } from '../api/store.ts';
import { timestamp } from '../api/timestamp.ts';
import type { Deployment, Labels, ReplicaSet } from '../objects.ts';
import { recordEvent } from './events.ts';
import { controllerReference, isControlledBy } from './pod-facts.ts';
import {
  countStatus,
  currentReplicas,
  fenceposts,
  type Generations,
  progress,
  scaleDownOld,
  withCondition,
} from './rollout.ts';
import { isOfTemplate, templateHash, withHash } from './template-hash.ts';
import { WorkQueue } from './work-queue.ts';

const SOURCE = { component: 'deployment-controller' };
const REVISION = 'deployment.kubernetes.io/revision';
const REVISION_HISTORY = 'deployment.kubernetes.io/revision-history';

/**
 * Rolls Deployments as the real controller does: one step a turn (make the ReplicaSet, scale it up, scale the old ones
 * down, count), each turn started by what the one before it changed.
 */
export function runDeployments(store: Store): () => void {
  const queue = new WorkQueue(10, (key) => {
    const deployment = store.list('deployments').find(({ metadata }) => metadata.uid === key);
    if (deployment !== undefined) reconcile(store, deployment, queue);
  });
  const stop = store.subscribe(({ resource, object }) => {
    if (resource === 'deployments') queue.add(object.metadata.uid);
    if (resource !== 'replicasets') return;
    const owner = object.metadata.ownerReferences?.find(({ controller }) => controller === true);
    if (owner !== undefined) queue.add(owner.uid);
  });
  return () => {
    stop();
    queue.close();
  };
}

function reconcile(store: Store, deployment: Deployment, queue: WorkQueue): void {
  const sets = store
    .list('replicasets')
    .filter((set) => isControlledBy(set, deployment))
    .sort((a, b) => revisionOf(a) - revisionOf(b));
  const current = sets.find((set) => isOfTemplate(set, deployment.spec.template));
  const old = sets.filter((set) => set !== current);
  if (current === undefined || revisionOf(current) < Math.max(0, ...old.map(revisionOf))) {
    startRevision(store, deployment, current ?? null, old);
    // Its own change of the Deployment brings the next turn.
    return;
  }
  const before = { current, old };
  const { uid } = deployment.metadata;
  const after = scale(store, deployment, before);
  syncStatus(store, deployment, after, (ms) => {
    queue.addAfter(uid, ms);
  });
}

/** Makes the ReplicaSet of a new template, or brings one of an earlier revision back to the front. */
function startRevision(
  store: Store,
  deployment: Deployment,
  known: ReplicaSet | null,
  old: readonly ReplicaSet[],
): void {
  const revision = String(Math.max(0, ...old.map(revisionOf)) + 1);
  const annotations = {
    ...(known === null ? {} : historyOf(known)),
    ...scalingAnnotations(deployment),
    [REVISION]: revision,
  };
  const set =
    known === null
      ? createSet(store, deployment, annotations, old)
      : store.update('replicasets', withAnnotations(known, annotations), 'spec');
  const now = timestamp(wallMs());
  const conditions =
    known === null
      ? withCondition(deployment.status.conditions ?? [], {
          type: 'Progressing',
          status: 'True',
          lastUpdateTime: now,
          lastTransitionTime: now,
          reason: 'NewReplicaSetCreated',
          message: `Created new replica set "${set.metadata.name}"`,
        })
      : (deployment.status.conditions ?? []);
  store.overwrite('deployments', {
    ...withAnnotations(deployment, { [REVISION]: revision }),
    status: { ...deployment.status, conditions },
  });
}

function createSet(
  store: Store,
  deployment: Deployment,
  annotations: Labels,
  old: readonly ReplicaSet[],
): ReplicaSet {
  const { template, selector, minReadySeconds } = deployment.spec;
  const { namespace, name } = deployment.metadata;
  const hash = templateHash(template);
  const replicas = currentReplicas(deployment, 0, old);
  const hashed = withHash(template, hash);
  const set = store.create('replicasets', {
    metadata: {
      name: `${name}-${hash}`,
      ...(namespace === undefined ? {} : { namespace }),
      labels: hashed.metadata?.labels ?? {},
      annotations,
      ownerReferences: [controllerReference(deployment)],
    },
    spec: {
      replicas,
      ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
      selector: { matchLabels: { ...selector.matchLabels, 'pod-template-hash': hash } },
      template: hashed,
    },
    status: { replicas: 0 },
  });
  if (replicas > 0) recordScaling(store, deployment, set, 0, replicas);
  return set;
}

/** One step: the current ReplicaSet first, the old ones only when it need not change. */
function scale(store: Store, deployment: Deployment, sets: Generations): Generations {
  const { current, old } = sets;
  const wanted = currentReplicas(deployment, current.spec.replicas, old);
  if (wanted !== current.spec.replicas) {
    return { old, current: scaleSet(store, deployment, current, wanted) };
  }
  const down = scaleDownOld(deployment, sets);
  const scaled = new Map(
    down.map(({ set, replicas }) => [set, scaleSet(store, deployment, set, replicas)]),
  );
  if (down.length === 0) forgetRevisions(store, deployment, old);
  return { current, old: old.map((set) => scaled.get(set) ?? set) };
}

function scaleSet(
  store: Store,
  deployment: Deployment,
  set: ReplicaSet,
  replicas: number,
): ReplicaSet {
  const annotated = withAnnotations(set, scalingAnnotations(deployment));
  const scaled = store.update(
    'replicasets',
    { ...annotated, spec: { ...set.spec, replicas } },
    'spec',
  );
  recordScaling(store, deployment, set, set.spec.replicas, replicas);
  return scaled;
}

function syncStatus(
  store: Store,
  deployment: Deployment,
  sets: Generations,
  again: (ms: number) => void,
): void {
  const nowMs = wallMs();
  const now = timestamp(nowMs);
  const counted = countStatus(deployment, sets, now);
  const { condition, deadlineInMs } = progress(
    deployment,
    counted,
    sets.current.metadata.name,
    nowMs,
    now,
  );
  const conditions =
    condition === null
      ? (counted.conditions ?? [])
      : withCondition(counted.conditions ?? [], condition);
  if (deadlineInMs !== null) again(deadlineInMs + 50);
  const status = { ...counted, conditions };
  if (isDeepStrictEqual(status, deployment.status)) return;
  store.update('deployments', { ...deployment, status }, 'status');
}

/** Deletes old ReplicaSets without replicas beyond the history limit, oldest first. */
function forgetRevisions(store: Store, deployment: Deployment, old: readonly ReplicaSet[]): void {
  const empty = old.filter((set) => set.spec.replicas === 0 && set.status.replicas === 0);
  const surplus = empty.length - (deployment.spec.revisionHistoryLimit ?? 10);
  if (surplus <= 0) return;
  for (const set of empty.slice(0, surplus)) deleteObject(store, 'replicasets', set, 0);
}

function recordScaling(
  store: Store,
  deployment: Deployment,
  set: ReplicaSet,
  from: number,
  to: number,
): void {
  const direction = to > from ? 'up' : 'down';
  const change = `from ${String(from)} to ${String(to)}`;
  recordEvent(store, deployment, SOURCE, {
    type: 'Normal',
    reason: 'ScalingReplicaSet',
    message: `Scaled ${direction} replica set ${set.metadata.name} ${change}`,
  });
}

function revisionOf(set: ReplicaSet): number {
  return Number(set.metadata.annotations?.[REVISION] ?? '0');
}

function historyOf(set: ReplicaSet): Labels {
  const { [REVISION]: revision, [REVISION_HISTORY]: history } = set.metadata.annotations ?? {};
  return { [REVISION_HISTORY]: [history, revision].filter((part) => part !== undefined).join(',') };
}

function scalingAnnotations({ spec }: Deployment): Labels {
  return {
    'deployment.kubernetes.io/desired-replicas': String(spec.replicas),
    'deployment.kubernetes.io/max-replicas': String(spec.replicas + fenceposts(spec).maxSurge),
  };
}

function withAnnotations<Object extends Deployment | ReplicaSet>(
  object: Object,
  annotations: Labels,
): Object {
  const merged = { ...object.metadata.annotations, ...annotations };
  return { ...object, metadata: { ...object.metadata, annotations: merged } };
}
