import type { KubeObject, Pod, ResourceName } from '../objects.ts';
import type { Store } from './store.ts';

/**
 * Deletes as the API server does. A pod on a node is only marked: its kubelet stops it and deletes it again with grace 0.
 * A pod without a node, one that has ended, or grace 0 goes at once. What an object owns goes with it.
 */
export function deleteObject(
  store: Store,
  resource: ResourceName,
  object: KubeObject,
  graceSeconds: number | null,
): KubeObject {
  if (resource === 'pods') {
    const pod = store.get('pods', object.metadata.namespace, object.metadata.name);
    return deletePod(store, pod, graceSeconds);
  }
  const { namespace, name } = object.metadata;
  const removed = store.remove(resource, store.get(resource, namespace, name));
  deleteOwned(store, object);
  return removed;
}

export function deletePod(store: Store, pod: Pod, graceSeconds: number | null): Pod {
  const ended = pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed';
  const unbound = pod.spec.nodeName === undefined;
  const asked = graceSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30;
  const grace = ended || unbound ? 0 : asked;
  const marked = store.markDeleted('pods', pod, grace);
  return grace === 0 ? store.remove('pods', marked) : marked;
}

function deleteOwned(store: Store, owner: KubeObject): void {
  for (const resource of ['replicasets', 'pods', 'endpointslices'] as const) {
    for (const object of store.list(resource)) {
      const owned = object.metadata.ownerReferences?.some(({ uid }) => uid === owner.metadata.uid);
      if (owned === true) deleteObject(store, resource, object, null);
    }
  }
}
