import { wallMs } from '../../platform/clock.ts';
import { deletePod } from '../api/deletion.ts';
import type { Store } from '../api/store.ts';
import type { Pod, ReplicaSet, ReplicaSetStatus } from '../objects.ts';
import { recordEvent } from './events.ts';
import {
  controllerReference,
  isActive,
  isControlledBy,
  isReady,
  readyCondition,
  untilAvailable,
} from './pod-facts.ts';
import { WorkQueue } from './work-queue.ts';

const SOURCE = { component: 'replicaset-controller' };

/** Keeps as many pods as each ReplicaSet asks for and counts them in its status. */
export function runReplicaSets(store: Store): () => void {
  const queue = new WorkQueue(6, (key) => {
    const set = store.list('replicasets').find(({ metadata }) => metadata.uid === key);
    if (set !== undefined) reconcile(store, set, queue);
  });
  const stop = store.subscribe(({ resource, object }) => {
    if (resource === 'replicasets') queue.add(object.metadata.uid);
    if (resource !== 'pods') return;
    const owner = object.metadata.ownerReferences?.find(({ controller }) => controller === true);
    if (owner !== undefined) queue.add(owner.uid);
  });
  return () => {
    stop();
    queue.close();
  };
}

function reconcile(store: Store, set: ReplicaSet, queue: WorkQueue): void {
  const pods = store
    .list('pods')
    .filter((pod) => pod.metadata.namespace === set.metadata.namespace)
    .filter((pod) => isControlledBy(pod, set) && isActive(pod));
  const minReady = set.spec.minReadySeconds ?? 0;
  const waits = pods
    .map((pod) => untilAvailable(pod, minReady, wallMs()))
    .filter((wait): wait is number => wait !== null && wait > 0);
  // As the real controller: pods first, then the status from what was there before.
  managePods(store, set, pods);
  const status = statusOf(set, pods, wallMs());
  const current = store.find('replicasets', set.metadata.namespace, set.metadata.name);
  if (current !== null) store.update('replicasets', { ...current, status }, 'status');
  if (waits.length > 0) queue.addAfter(set.metadata.uid, Math.min(...waits) + 1);
}

export function statusOf(set: ReplicaSet, pods: readonly Pod[], nowMs: number): ReplicaSetStatus {
  const minReady = set.spec.minReadySeconds ?? 0;
  const ready = pods.filter(isReady).length;
  const available = pods.filter((pod) => untilAvailable(pod, minReady, nowMs) === 0).length;
  return {
    replicas: pods.length,
    ...(pods.length === 0 ? {} : { fullyLabeledReplicas: pods.length }),
    ...(ready === 0 ? {} : { readyReplicas: ready }),
    ...(available === 0 ? {} : { availableReplicas: available }),
    observedGeneration: set.metadata.generation ?? 1,
  };
}

function managePods(store: Store, set: ReplicaSet, pods: readonly Pod[]): void {
  const missing = set.spec.replicas - pods.length;
  for (let index = 0; index < missing; index++) {
    const pod = store.create('pods', podOf(set));
    recordEvent(store, set, SOURCE, {
      type: 'Normal',
      reason: 'SuccessfulCreate',
      message: `Created pod: ${pod.metadata.name}`,
    });
  }
  if (missing >= 0) return;
  for (const pod of surplus(pods, -missing)) {
    deletePod(store, pod, null);
    recordEvent(store, set, SOURCE, {
      type: 'Normal',
      reason: 'SuccessfulDelete',
      message: `Deleted pod: ${pod.metadata.name}`,
    });
  }
}

function podOf(set: ReplicaSet) {
  const { template } = set.spec;
  return {
    metadata: {
      generateName: `${set.metadata.name}-`,
      ...(set.metadata.namespace === undefined ? {} : { namespace: set.metadata.namespace }),
      ...template.metadata,
      ownerReferences: [controllerReference(set)],
    },
    spec: template.spec,
    status: { phase: 'Pending' as const, qosClass: 'BestEffort' },
  };
}

/**
 * Which pods to delete, by the real controller's ranking: without a node, pending, not ready, beside others on its
 * node, ready for a shorter time, restarted more often, younger.
 */
export function surplus(pods: readonly Pod[], count: number): readonly Pod[] {
  const onNode = (pod: Pod) =>
    pods.filter(({ spec }) => spec.nodeName === pod.spec.nodeName).length;
  const readySince = (pod: Pod) => Date.parse(readyCondition(pod)?.lastTransitionTime ?? '') || 0;
  const restarts = (pod: Pod) => pod.status.containerStatuses?.[0]?.restartCount ?? 0;
  const ranks: readonly ((pod: Pod) => number)[] = [
    (pod) => (pod.spec.nodeName === undefined ? 0 : 1),
    (pod) => (pod.status.phase === 'Pending' ? 0 : 1),
    (pod) => (isReady(pod) ? 1 : 0),
    (pod) => -onNode(pod),
    (pod) => -readySince(pod),
    (pod) => -restarts(pod),
    (pod) => -Date.parse(pod.metadata.creationTimestamp),
  ];
  return [...pods]
    .sort((a, b) => {
      const differing = ranks.find((rank) => rank(a) !== rank(b));
      return differing === undefined ? 0 : differing(a) - differing(b);
    })
    .slice(0, count);
}
