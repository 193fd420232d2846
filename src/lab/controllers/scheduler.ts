import { wallMs } from '../../platform/clock.ts';
import type { Store } from '../api/store.ts';
import { timestamp } from '../api/timestamp.ts';
import type { Node, Pod } from '../objects.ts';
import { recordBinding } from './events.ts';
import { isEnded } from './pod-facts.ts';
import { WorkQueue } from './work-queue.ts';

/** Binds each pod without a node to the one with the fewest pods. */
export function runScheduler(store: Store): () => void {
  const queue = new WorkQueue(4, (key) => {
    const pod = store.list('pods').find(({ metadata }) => metadata.uid === key);
    if (pod !== undefined && pod.spec.nodeName === undefined) bind(store, pod);
  });
  const stop = store.subscribe(({ resource, type, object }) => {
    if (resource === 'pods' && type === 'ADDED') queue.add(object.metadata.uid);
  });
  return () => {
    stop();
    queue.close();
  };
}

function bind(store: Store, pod: Pod): void {
  const node = leastLoaded(store.list('nodes'), store.list('pods'));
  if (node === null) return;
  const nodeName = node.metadata.name;
  const scheduled = {
    type: 'PodScheduled',
    status: 'True' as const,
    lastProbeTime: null,
    lastTransitionTime: timestamp(wallMs()),
  };
  const bound: Pod = {
    ...pod,
    spec: { ...pod.spec, nodeName },
    status: { ...pod.status, conditions: [scheduled] },
  };
  store.overwrite('pods', bound);
  const { namespace = 'default', name } = pod.metadata;
  recordBinding(store, pod, `Successfully assigned ${namespace}/${name} to ${nodeName}`);
}

function leastLoaded(nodes: readonly Node[], pods: readonly Pod[]): Node | null {
  const load = (node: Node) =>
    pods.filter((pod) => pod.spec.nodeName === node.metadata.name && !isEnded(pod)).length;
  const usable = nodes.filter(({ spec }) => spec.unschedulable !== true);
  return [...usable].sort((a, b) => load(a) - load(b))[0] ?? null;
}
