import type { Condition, KubeObject, Pod } from '../objects.ts';

/** Neither ended nor on its way out: what a ReplicaSet counts as one of its replicas. */
export function isActive(pod: Pod): boolean {
  return !isEnded(pod) && pod.metadata.deletionTimestamp === undefined;
}

export function isEnded(pod: Pod): boolean {
  return pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed';
}

export function isReady(pod: Pod): boolean {
  return readyCondition(pod)?.status === 'True';
}

export function readyCondition(pod: Pod): Condition | undefined {
  return pod.status.conditions?.find(({ type }) => type === 'Ready');
}

/** ms until a ready pod counts as available: 0 when it does now, null while it is not ready. */
export function untilAvailable(pod: Pod, minReadySeconds: number, nowMs: number): number | null {
  const ready = readyCondition(pod);
  if (ready?.status !== 'True') return null;
  if (minReadySeconds === 0) return 0;
  return Math.max(0, Date.parse(ready.lastTransitionTime) + minReadySeconds * 1000 - nowMs);
}

/** Whether `owner` controls the object. */
export function isControlledBy(object: KubeObject, owner: KubeObject): boolean {
  const references = object.metadata.ownerReferences ?? [];
  return references.some(
    ({ controller, uid }) => controller === true && uid === owner.metadata.uid,
  );
}

export function controllerReference(owner: KubeObject) {
  const { name, uid } = owner.metadata;
  const { apiVersion, kind } = owner;
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}
