import { isDeepStrictEqual } from 'node:util';
import { matchesLabels } from '../api/selectors.ts';
import type { Store } from '../api/store.ts';
import type { Endpoint, EndpointSlice, Pod, Service } from '../objects.ts';
import { controllerReference, isEnded, isReady } from './pod-facts.ts';
import { WorkQueue } from './work-queue.ts';

/** Keeps one EndpointSlice for each Service: the pods it selects that have an address and have not ended. */
export function runEndpoints(store: Store): () => void {
  const queue = new WorkQueue(8, (key) => {
    const service = store.list('services').find(({ metadata }) => metadata.uid === key);
    if (service !== undefined) reconcile(store, service);
  });
  const stop = store.subscribe(({ resource, object }) => {
    if (resource === 'services') queue.add(object.metadata.uid);
    if (resource !== 'pods') return;
    for (const service of store.list('services')) {
      if (selects(service, object)) queue.add(service.metadata.uid);
    }
  });
  return () => {
    stop();
    queue.close();
  };
}

function selects(service: Service, { metadata }: Pick<Pod, 'metadata'>): boolean {
  const { selector } = service.spec;
  return (
    selector !== undefined &&
    metadata.namespace === service.metadata.namespace &&
    matchesLabels(selector, metadata.labels)
  );
}

function reconcile(store: Store, service: Service): void {
  const pods = store.list('pods').filter((pod) => selects(service, pod) && !isEnded(pod));
  const slice = store.list('endpointslices').find((known) => belongsTo(known, service));
  const endpoints = endpointsOf(pods, slice?.endpoints ?? []);
  const ports = service.spec.ports.map(
    ({ name = '', port, targetPort = port, protocol = 'TCP' }) => ({
      name,
      protocol,
      port: targetPort,
    }),
  );
  if (slice === undefined) {
    const { namespace, name } = service.metadata;
    store.create('endpointslices', {
      metadata: {
        generateName: `${name}-`,
        ...(namespace === undefined ? {} : { namespace }),
        labels: {
          'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
          'kubernetes.io/service-name': name,
        },
        ownerReferences: [controllerReference(service)],
      },
      addressType: 'IPv4',
      endpoints,
      ports,
    });
  } else if (!isDeepStrictEqual([slice.endpoints, slice.ports], [endpoints, ports])) {
    store.update('endpointslices', { ...slice, endpoints, ports }, 'spec');
  }
}

export function belongsTo(slice: EndpointSlice, service: Service): boolean {
  return (
    slice.metadata.namespace === service.metadata.namespace &&
    slice.metadata.labels?.['kubernetes.io/service-name'] === service.metadata.name
  );
}

/** Endpoints in the order in which they came, as the real controller leaves them in place. */
export function endpointsOf(pods: readonly Pod[], known: readonly Endpoint[]): readonly Endpoint[] {
  const place = (endpoint: Endpoint) => {
    const at = known.findIndex(({ targetRef }) => targetRef.uid === endpoint.targetRef.uid);
    return at < 0 ? known.length : at;
  };
  return pods.flatMap((pod) => endpointOf(pod) ?? []).sort((a, b) => place(a) - place(b));
}

function endpointOf(pod: Pod): Endpoint | null {
  const { podIP } = pod.status;
  const { nodeName } = pod.spec;
  if (podIP === undefined || nodeName === undefined) return null;
  const serving = isReady(pod);
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const { namespace = 'default', name, uid } = pod.metadata;
  return {
    addresses: [podIP],
    conditions: { ready: serving && !terminating, serving, terminating },
    targetRef: { kind: 'Pod', namespace, name, uid },
    nodeName,
  };
}
