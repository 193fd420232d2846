import { z } from 'zod';
import type { ProbeContext } from '../../../src/contracts/probe.ts';
import { CodedError } from '../../../src/errors/coded-error.ts';
import { connectKubernetes } from '../../../src/platform/kubernetes.ts';
import { listAll } from '../../../src/platform/kubernetes-list.ts';
import { every } from '../../../src/platform/timers.ts';
import type { Account } from '../../shared/identity/account.ts';
import type { ServiceEndpoints } from './config.ts';
import type { Replica, ReplicaSource } from './replica.ts';

const LIST_TIMEOUT_MS = 5_000;
const LOOK_MS = 1_000;

/** What is needed of a discovery.k8s.io/v1 EndpointSlice. */
const slice = z.object({
  endpoints: z
    .array(
      z.object({
        addresses: z.array(z.string()).min(1),
        conditions: z.object({ ready: z.boolean().nullish() }).nullish(),
        targetRef: z
          .object({ kind: z.string(), name: z.string(), uid: z.string().nullish() })
          .nullish(),
      }),
    )
    .nullish(),
  ports: z.array(z.object({ name: z.string().nullish(), port: z.int().nullish() })).nullish(),
});

/**
 * The ready pods behind a Service, looked at anew every second. Throws `cluster-unreachable`, or `probe-config` where the Service has none. While
 * a look fails later nobody is asked, and a `probe` event `endpoints-unknown` says so.
 */
export async function serviceReplicas(
  config: ServiceEndpoints,
  account: Pick<Account, 'url'>,
  { env, emit, now }: Pick<ProbeContext, 'env' | 'emit' | 'now'>,
): Promise<ReplicaSource> {
  const kubernetes = await connectKubernetes(env);
  const { service } = config;
  const namespace = config.namespace ?? kubernetes.namespace;
  const look = async () => {
    const path = `/apis/discovery.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/endpointslices`;
    const query = { labelSelector: `kubernetes.io/service-name=${service}` };
    return await listAll(kubernetes, path, { query, timeoutMs: LIST_TIMEOUT_MS });
  };
  const first = await look();
  if (!first.ok) {
    throw new CodedError(
      'cluster-unreachable',
      `the endpoints of the Service ${namespace}/${service} cannot be listed: ${first.message}`,
      'the account of the kubeconfig needs to list endpointslices of discovery.k8s.io in that namespace',
    );
  }
  let replicas = replicasOf(first.items, config, account.url);
  if (replicas.length === 0) {
    throw new CodedError(
      'probe-config',
      `the Service ${namespace}/${service} has no ready pod${config.port === undefined ? '' : ` with a port ${String(config.port)}`}`,
      'check `endpoints`: the name of the Service, its namespace and port',
    );
  }
  let looking = false;
  let unknown = false;
  const stop = every(LOOK_MS, () => {
    if (looking) return;
    looking = true;
    void look().then((listing) => {
      looking = false;
      if (listing.ok) {
        replicas = replicasOf(listing.items, config, account.url);
      } else if (!unknown) {
        const nothing = { end: null, target: null, serverTime: null };
        const subject = { kind: 'Service', name: `${namespace}/${service}`, uid: null };
        const detail = { message: listing.message };
        emit({ kind: 'probe', at: now(), subject, what: 'endpoints-unknown', detail, ...nothing });
      }
      unknown = !listing.ok;
    });
  });
  // Whoever is asked by an old list may be long gone: its silence would be told as a failure.
  return { current: () => (unknown ? [] : replicas), close: stop };
}

/** EndpointSlices → the replicas that are ready. The path is that of the public URL. */
export function replicasOf(
  slices: readonly unknown[],
  { port: wanted, scheme }: Pick<ServiceEndpoints, 'port' | 'scheme'>,
  publicUrl: URL,
): readonly Replica[] {
  const found = new Map<string, Replica>();
  for (const item of slices) {
    const read = slice.safeParse(item);
    if (!read.success) continue;
    const { endpoints: listed, ports } = read.data;
    const named = ports?.find(({ name }) => wanted === undefined || name === wanted)?.port;
    const port = typeof wanted === 'number' ? wanted : named;
    if (port == null) continue;
    for (const { addresses, conditions, targetRef } of listed ?? []) {
      // Null is to be taken for ready (the API's own words).
      if (conditions?.ready === false) continue;
      const [address = ''] = addresses;
      const host = address.includes(':') ? `[${address}]` : address;
      const url = new URL(`${scheme}://${host}:${String(port)}${publicUrl.pathname}`);
      const { kind = 'Endpoint', name = `${host}:${String(port)}`, uid = null } = targetRef ?? {};
      found.set(uid ?? name, { kind, name, uid: uid ?? null, url });
    }
  }
  return [...found.values()];
}
