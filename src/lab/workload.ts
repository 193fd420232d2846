import type { Draft } from './api/store.ts';
import type { FaultName } from './faults.ts';
import type { Container, Deployment, Service } from './objects.ts';

export const NAMESPACE = 'openstack';
export const DEPLOYMENT = 'keystone-api';
export const OLD_IMAGE = 'kolla/keystone:2025.1';
export const PORT = 5000;

export type WorkloadOptions = {
  readonly fault: FaultName | null;
  readonly tokenKey: string;
  readonly password: string;
  readonly publicUrl: string;
  readonly minReadySeconds: number;
  readonly preStopSeconds: number;
  /** Longer than the keep-alive of a replica (2 s), so that idle clients have left when it ends. */
  readonly drainSeconds: number;
};

/**
 * The Deployment that is upgraded: three replicas, one more while it rolls, never fewer. A good one waits in preStop
 * until the Service has followed, then drains; `no-drain` and `slow-start` are this Deployment written carelessly, as they
 * would be on a real cluster.
 */
export function keystoneDeployment(options: WorkloadOptions): Draft<Deployment> {
  const { fault } = options;
  const drains = fault !== 'no-drain';
  const env = {
    TOKEN_KEY: options.tokenKey,
    ADMIN_PASSWORD: options.password,
    PUBLIC_URL: options.publicUrl,
    DRAIN_SECONDS: drains ? String(options.drainSeconds) : '0',
    STARTUP_SECONDS: fault === 'slow-start' ? '2.5' : '0',
  };
  const container: Container = {
    name: DEPLOYMENT,
    image: OLD_IMAGE,
    ports: [{ containerPort: PORT, protocol: 'TCP' }],
    env: Object.entries(env).map(([name, value]) => ({ name, value })),
    ...(fault === 'slow-start'
      ? {}
      : {
          readinessProbe: {
            httpGet: { path: '/ready', port: PORT },
            timeoutSeconds: 1,
            periodSeconds: 1,
            successThreshold: 1,
            failureThreshold: 3,
          },
        }),
    ...(drains ? { lifecycle: { preStop: { sleep: { seconds: options.preStopSeconds } } } } : {}),
  };
  const labels = { app: 'keystone' };
  return {
    metadata: { name: DEPLOYMENT, namespace: NAMESPACE, labels },
    spec: {
      replicas: 3,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [container],
          terminationGracePeriodSeconds:
            Math.ceil(options.preStopSeconds + options.drainSeconds) + 10,
        },
      },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      minReadySeconds: options.minReadySeconds,
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: fault === 'stuck-rollout' ? 8 : 60,
    },
    status: {},
  };
}

export function keystoneService(): Draft<Service> {
  return {
    metadata: { name: DEPLOYMENT, namespace: NAMESPACE, labels: { app: 'keystone' } },
    spec: {
      selector: { app: 'keystone' },
      clusterIP: '127.0.0.1',
      ports: [{ name: '', port: PORT, targetPort: PORT, protocol: 'TCP' }],
    },
  };
}
