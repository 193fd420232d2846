import { wallMs } from '../../platform/clock.ts';
import { every } from '../../platform/timers.ts';
import type { Store } from '../api/store.ts';
import { timestamp } from '../api/timestamp.ts';
import type { Condition, Node, Pod } from '../objects.ts';
import type { LabPace } from '../pace.ts';
import { PodWorker } from './pod-worker.ts';

export type KubeletOptions = {
  readonly store: Store;
  readonly node: { readonly name: string; readonly address: string };
  /** Its pods' addresses: `127.88.1.` gives 127.88.1.2, 127.88.1.3, ... */
  readonly subnet: string;
  readonly pace: LabPace;
  readonly env: (pod: Pod) => Readonly<Record<string, string>>;
};

/** A node: registers itself, sends heartbeats and runs the pods bound to it as processes. */
export function runKubelet(options: KubeletOptions): { readonly close: () => Promise<void> } {
  const { store, node, pace } = options;
  const workers = new Map<string, PodWorker>();
  // Addresses are not used again: a connection to a pod that is gone must not reach another one.
  let lastAddress = 1;
  store.create('nodes', nodeObject(node));
  const follow = (pod: Pod) => {
    if (pod.spec.nodeName !== node.name) return;
    const { uid, deletionTimestamp } = pod.metadata;
    const ended = pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed';
    let worker = workers.get(uid);
    if (worker === undefined && !ended) {
      lastAddress++;
      worker = new PodWorker(pod, { ...options, podIP: `${options.subnet}${String(lastAddress)}` });
      workers.set(uid, worker);
    }
    if (deletionTimestamp !== undefined) worker?.terminate();
  };
  const stop = store.subscribe(({ resource, type, object }) => {
    if (resource !== 'pods') return;
    if (type === 'DELETED') {
      const worker = workers.get(object.metadata.uid);
      workers.delete(object.metadata.uid);
      void worker?.close();
      return;
    }
    const pod = store.find('pods', object.metadata.namespace, object.metadata.name);
    if (pod !== null)
      queueMicrotask(() => {
        follow(pod);
      });
  });
  const stopHeartbeat = every(pace.heartbeatMs, () => {
    const stored = store.find('nodes', undefined, node.name);
    if (stored !== null) store.update('nodes', withHeartbeat(stored), 'status');
  });
  return {
    close: async () => {
      stop();
      stopHeartbeat();
      await Promise.all([...workers.values()].map((worker) => worker.close()));
    },
  };
}

function withHeartbeat(node: Node): Node {
  const lastHeartbeatTime = timestamp(wallMs());
  const conditions = node.status.conditions.map((condition) => ({
    ...condition,
    lastHeartbeatTime,
  }));
  return { ...node, status: { ...node.status, conditions } };
}

function nodeObject({ name, address }: KubeletOptions['node']) {
  const now = timestamp(wallMs());
  const condition = (
    type: string,
    status: Condition['status'],
    reason: string,
    message: string,
  ) => ({
    type,
    status,
    lastHeartbeatTime: now,
    lastTransitionTime: now,
    reason,
    message,
  });
  const capacity = { cpu: '2', memory: '4Gi', pods: '100' };
  return {
    metadata: {
      name,
      labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux' },
    },
    spec: {},
    status: {
      capacity,
      allocatable: capacity,
      conditions: [
        condition(
          'MemoryPressure',
          'False',
          'KubeletHasSufficientMemory',
          'kubelet has sufficient memory available',
        ),
        condition(
          'DiskPressure',
          'False',
          'KubeletHasNoDiskPressure',
          'kubelet has no disk pressure',
        ),
        condition(
          'PIDPressure',
          'False',
          'KubeletHasSufficientPID',
          'kubelet has sufficient PID available',
        ),
        condition('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'),
      ],
      addresses: [
        { type: 'InternalIP', address },
        { type: 'Hostname', address: name },
      ],
      nodeInfo: { kubeletVersion: 'v1.34.0+rollproof-lab', operatingSystem: 'linux' },
    },
  };
}
