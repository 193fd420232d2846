import { every } from '../platform/timers.ts';
import { type ApiServer, serveApi } from './api/server.ts';
import { Store } from './api/store.ts';
import { runDeployments } from './controllers/deployment.ts';
import { runEndpoints } from './controllers/endpoints.ts';
import { trimEvents } from './controllers/events.ts';
import { runReplicaSets } from './controllers/replica-set.ts';
import { runScheduler } from './controllers/scheduler.ts';
import { runKubelet } from './kubelet/kubelet.ts';
import type { Pod } from './objects.ts';
import { CLUSTER_PACE, type LabPace } from './pace.ts';

export type Cluster = {
  readonly store: Store;
  readonly api: ApiServer;
  readonly pace: LabPace;
  readonly close: () => Promise<void>;
};

export type ClusterOptions = {
  readonly pace?: Partial<LabPace>;
  readonly historyLimit?: number;
  /** Environment a pod's process gets besides its own: how a fault reaches some replicas only. */
  readonly podEnv?: (pod: Pod) => Readonly<Record<string, string>>;
};

/** A control plane and two nodes, in this process; pods are child processes on 127.N.1.x and 127.N.2.x. */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const pace = { ...CLUSTER_PACE, ...options.pace };
  const store = new Store(options.historyLimit);
  const api = await serveApi(store, pace);
  for (const name of ['default', 'kube-system', 'openstack']) {
    store.create('namespaces', { metadata: { name }, status: { phase: 'Active' } });
  }
  // One /16 of the loopback net for each lab: several may run at once.
  const net = `127.${String(16 + Math.floor(Math.random() * 230))}`;
  const nodes = [1, 2].map((number) =>
    runKubelet({
      store,
      node: { name: `node-${String(number)}`, address: `${net}.0.1${String(number)}` },
      subnet: `${net}.${String(number)}.`,
      pace,
      env: options.podEnv ?? (() => ({})),
    }),
  );
  const stops = [
    runDeployments(store),
    runReplicaSets(store),
    runScheduler(store),
    runEndpoints(store),
    every(10_000, () => {
      trimEvents(store);
    }),
  ];
  return {
    store,
    api,
    pace,
    close: async () => {
      for (const stop of stops) stop();
      await Promise.all(nodes.map((node) => node.close()));
      await api.close();
    },
  };
}
