import type { ProbeEnvironment } from '../../src/contracts/probe.ts';
import { CodedError } from '../../src/errors/coded-error.ts';
import { connectKubernetes, type Kubernetes } from '../../src/platform/kubernetes.ts';
import type { ApiFailure } from '../../src/platform/kubernetes-api.ts';
import { watchOnce } from '../../src/platform/kubernetes-watch.ts';
import { isCounted } from './board.ts';
import type { PodsConfig } from './config.ts';
import type { Snapshot, Versioned } from './object-store.ts';
import { type PodFacts, podFacts } from './pod-facts.ts';
import { readSnapshot, type WatchedResource } from './snapshot.ts';
import { watchTiming } from './watch-timing.ts';
import {
  WORKLOAD_COLLECTIONS,
  type WorkloadKind,
  type WorkloadSpec,
  workloadSpec,
} from './workload-spec.ts';

export type Look<T> = { readonly resource: WatchedResource<T>; readonly first: Snapshot<T> };

/** What is to be watched, each as first listed. */
export type FirstLook = {
  readonly kubernetes: Kubernetes;
  readonly namespace: string;
  readonly pods: Look<PodFacts>;
  /** One for each kind of workload that owns a selected pod. */
  readonly workloads: readonly Look<WorkloadSpec>[];
};

const { listMs, openMs } = watchTiming(0);

/** Lists everything once and makes sure that it can be watched. Throws CodedError: unreachable, not allowed, nothing there. */
export async function firstLook(config: PodsConfig, { env }: ProbeEnvironment): Promise<FirstLook> {
  const kubernetes = await connectKubernetes(env);
  const namespace = config.namespace ?? kubernetes.namespace;
  const pods = await look(kubernetes, {
    name: 'pods',
    path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`,
    query: { labelSelector: config.selector },
    read: podFacts,
  });
  const owners = pods.first.items.map(({ owner }) => owner);
  const kinds = Object.keys(WORKLOAD_COLLECTIONS).filter(
    (kind): kind is WorkloadKind =>
      owners.some((owner) => owner.kind === kind) ||
      // A Deployment that is named may have no pod yet.
      (kind === 'Deployment' && config.workloads !== undefined),
  );
  const workloads: Look<WorkloadSpec>[] = [];
  for (const kind of kinds) {
    const name = WORKLOAD_COLLECTIONS[kind];
    const path = `/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/${name}`;
    workloads.push(await look(kubernetes, { name, path, query: {}, read: workloadSpec(kind) }));
  }
  refuseNothing(config, namespace, pods.first.items, workloads);
  return { kubernetes, namespace, pods, workloads };
}

async function look<T extends Versioned>(
  kubernetes: Kubernetes,
  resource: WatchedResource<T>,
): Promise<Look<T>> {
  const first = await readSnapshot(kubernetes, resource, listMs);
  if (!first.ok) throw refused(resource.name, 'list', first);
  await tryWatch(kubernetes, resource, first.version);
  return { resource, first };
}

/** Listing and watching are two permissions; without the second the whole run would be blind. */
async function tryWatch<T>(
  kubernetes: Kubernetes,
  { name, path, query }: WatchedResource<T>,
  version: string,
): Promise<void> {
  const opened = new AbortController();
  const end = await watchOnce(kubernetes, path, {
    query: { ...query, resourceVersion: version, timeoutSeconds: '5' },
    signal: opened.signal,
    openMs,
    silenceMs: openMs,
    onOpen: () => {
      opened.abort();
    },
    onEvent: () => null,
  });
  if (end.kind === 'refused') {
    throw refused(name, 'watch', { ok: false, status: end.status, message: end.why });
  }
  if (end.kind === 'broken') {
    throw refused(name, 'watch', { ok: false, status: null, message: end.why });
  }
}

function refused(resource: string, verb: string, { status, message }: ApiFailure): CodedError {
  const what = `cannot ${verb} ${resource}: ${message}`;
  if (status === 400) {
    return new CodedError('probe-config', what, 'mend the selector of the pods probe');
  }
  return new CodedError('cluster-unreachable', what, hintFor(status, resource));
}

function hintFor(status: number | null, resource: string): string {
  if (status === 401) return 'renew the credentials of the kubeconfig';
  if (status === 403) {
    return `grant this user list and watch on ${resource} in the namespace (a Role and a RoleBinding)`;
  }
  return 'see whether kubectl reaches the cluster with the same KUBECONFIG';
}

function refuseNothing(
  config: PodsConfig,
  namespace: string,
  pods: readonly PodFacts[],
  workloads: readonly Look<WorkloadSpec>[],
): void {
  const named = new Set([
    ...pods.map(({ owner }) => owner.name),
    ...workloads.flatMap(({ first }) => first.items.map(({ name }) => name)),
  ]);
  const missing = (config.workloads ?? []).filter((name) => !named.has(name));
  if (missing.length > 0) {
    const there = [...named].sort().join(', ');
    throw new CodedError(
      'probe-config',
      `no workload ${missing.join(', ')} in namespace ${namespace}`,
      there === '' ? 'there is none at all: is it the right namespace?' : `there are: ${there}`,
    );
  }
  if (config.workloads === undefined && !pods.some(({ owner }) => isCounted(owner))) {
    throw new CodedError(
      'probe-config',
      `no pod of a workload in namespace ${namespace} matches ${config.selector}`,
      'see kubectl get pods --show-labels; set namespace if it is another',
    );
  }
}
