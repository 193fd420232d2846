import { type Cluster, type ClusterOptions, startCluster } from '../../src/lab/cluster.ts';
import type { Container, Deployment } from '../../src/lab/objects.ts';
import type { LabPace } from '../../src/lab/pace.ts';
import { eventually } from './eventually.ts';

/** Ten times as fast as a cluster, in the same order. */
export const QUICK: LabPace = {
  noticeMs: 30,
  containerCreateMs: 20,
  statusMs: 100,
  exitNoticeMs: 20,
  removeMs: 40,
  crashBackOffMs: 150,
  proxyDelayMs: 50,
  bookmarkMs: 50,
  heartbeatMs: 1000,
  nice: 5,
};

export const IMAGE = 'kolla/keystone:2025.1';
export const NEXT_IMAGE = 'kolla/keystone:2025.2';

/** A cluster without pods. */
export function quickCluster(options: Omit<ClusterOptions, 'pace'> = {}): Promise<Cluster> {
  return startCluster({ ...options, pace: QUICK });
}

/** As in the recordings: a Deployment of three with a Service; resolves when all are available. */
export async function deployKeystone(
  { store }: Cluster,
  change: {
    readonly container?: Partial<Container>;
    readonly spec?: Partial<Deployment['spec']>;
  } = {},
): Promise<void> {
  const labels = { app: 'keystone' };
  store.create('services', {
    metadata: { name: 'keystone-api', namespace: 'openstack' },
    spec: { selector: labels, ports: [{ port: 5000 }] },
  });
  const container: Container = {
    name: 'keystone-api',
    image: IMAGE,
    ports: [{ containerPort: 5000 }],
    env: [{ name: 'DRAIN_SECONDS', value: '0.2' }],
    readinessProbe: { httpGet: { path: '/ready', port: 5000 }, periodSeconds: 1 },
    ...change.container,
  };
  const replicas = change.spec?.replicas ?? 3;
  store.create('deployments', {
    metadata: { name: 'keystone-api', namespace: 'openstack', labels },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: {
        metadata: { labels },
        spec: { containers: [container], terminationGracePeriodSeconds: 10 },
      },
      ...change.spec,
    },
    status: {},
  });
  await eventually('every replica is available', () => isComplete(deploymentOf(store)));
}

export function deploymentOf(store: Cluster['store']): Deployment {
  return store.get('deployments', 'openstack', 'keystone-api');
}

export function isComplete({ metadata, spec, status }: Deployment): boolean {
  return (
    status.observedGeneration === metadata.generation &&
    status.updatedReplicas === spec.replicas &&
    status.replicas === spec.replicas &&
    status.availableReplicas === spec.replicas
  );
}

/** What `kubectl set image` does. */
export function setImage({ store }: Cluster, image: string): void {
  const deployment = deploymentOf(store);
  const [container] = deployment.spec.template.spec.containers;
  if (container === undefined) throw new Error('no container');
  const spec = { ...deployment.spec.template.spec, containers: [{ ...container, image }] };
  const template = { ...deployment.spec.template, spec };
  store.update('deployments', { ...deployment, spec: { ...deployment.spec, template } }, 'spec');
}
