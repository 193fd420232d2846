import type { Store } from '../../src/lab/api/store.ts';
import type { Deployment, EndpointSlice, Pod, ReplicaSet } from '../../src/lab/objects.ts';

/** One line of a recording, and what the lab's store says of a change. */
export type Observed = {
  readonly resource: string;
  readonly type: string;
  readonly object: unknown;
};

/** Every change of a store from now on, in the shape of a recording. */
export function record(store: Store): { readonly observed: Observed[]; readonly stop: () => void } {
  const observed: Observed[] = [];
  const stop = store.subscribe(({ resource, type, object }) => {
    observed.push({ resource, type, object: structuredClone(object) });
  });
  return { observed, stop };
}

/** Names of pods, in the order in which they were seen first. */
export function podNames(observed: readonly Observed[]): readonly string[] {
  return [
    ...new Set(
      of(observed, 'pods', (object) => object as Pod).map(({ object }) => object.metadata.name),
    ),
  ];
}

/**
 * What became of one pod, in the API and in the endpoints, in order:
 * `ADDED Pending`, `MODIFIED Running ready | endpoint ready serving`, ..., with names, addresses and times left out.
 * `Initialized` is told only while it is false: a real kubelet gives it a reason when the pod has completed.
 */
export function podStory(observed: readonly Observed[], name: string): readonly string[] {
  let endpoint = 'no endpoint';
  return observed.flatMap((entry) => {
    if (entry.type === 'BOOKMARK') return [];
    if (entry.resource === 'pods') {
      const pod = entry.object as Pod;
      return pod.metadata.name === name ? [`${entry.type} ${podLine(pod)}`] : [];
    }
    if (entry.resource !== 'endpointslices') return [];
    const line = endpointLine(entry.object as EndpointSlice, name);
    if (line === endpoint) return [];
    endpoint = line;
    return [line];
  });
}

function podLine({ metadata, status, spec }: Pod): string {
  const conditions = (status.conditions ?? []).map(
    ({ type, status: holds, reason }) =>
      `${type}=${holds}${reason === undefined ? '' : `(${reason})`}`,
  );
  const containers = (status.containerStatuses ?? []).map((container) => {
    const [kind = ''] = Object.keys(container.state);
    const [detail] = Object.values(container.state) as { reason?: string; exitCode?: number }[];
    const flags = `${container.ready ? 'ready' : 'unready'} ${container.started ? 'started' : 'stopped'}`;
    const why = `${detail?.reason ?? ''}${String(detail?.exitCode ?? '')}`;
    return `${kind} ${why} ${flags} restarts=${String(container.restartCount)}`;
  });
  const { deletionTimestamp, deletionGracePeriodSeconds: grace = 0, generation = 1 } = metadata;
  const deletion =
    deletionTimestamp === undefined ? '' : `deleting(${grace === 0 ? 'now' : 'in grace'})`;
  const behind = status.observedGeneration === generation ? 'observed' : 'unobserved';
  const address = status.podIP === undefined ? 'no address' : 'address';
  const node = spec.nodeName === undefined ? 'unbound' : 'bound';
  return [status.phase, node, address, behind, deletion, ...conditions, ...containers].join(' ');
}

function endpointLine(slice: EndpointSlice, name: string): string {
  const endpoint = (slice.endpoints as EndpointSlice['endpoints'] | null)?.find(
    ({ targetRef }) => targetRef.name === name,
  );
  if (endpoint === undefined) return 'no endpoint';
  const holding = Object.entries(endpoint.conditions).filter(([, holds]) => holds);
  return `endpoint ${holding.map(([condition]) => condition).join(' ')}`;
}

/** Why a Deployment said that it progresses, and what it counted, repetitions left out. */
export function deploymentStory(observed: readonly Observed[]): readonly string[] {
  return withoutRepetition(
    of(observed, 'deployments', (object) => object as Deployment).map(({ object }) => {
      const { status } = object;
      const condition = (type: string) => status.conditions?.find((one) => one.type === type);
      const progressing = condition('Progressing');
      const {
        replicas = 0,
        updatedReplicas = 0,
        readyReplicas = 0,
        availableReplicas = 0,
      } = status;
      const seen =
        status.observedGeneration === object.metadata.generation ? 'observed' : 'unobserved';
      return [
        seen,
        `replicas=${String(replicas)} updated=${String(updatedReplicas)}`,
        `ready=${String(readyReplicas)} available=${String(availableReplicas)}`,
        `unavailable=${String(status.unavailableReplicas ?? 0)}`,
        `Available=${condition('Available')?.status ?? ''}`,
        `Progressing=${progressing?.status ?? ''}(${progressing?.reason ?? ''})`,
      ].join(' ');
    }),
  );
}

/** What a ReplicaSet was asked for and had, repetitions left out. */
export function replicaSetStory(observed: readonly Observed[], name: string): readonly string[] {
  return withoutRepetition(
    of(observed, 'replicasets', (object) => object as ReplicaSet)
      .filter(({ object }) => object.metadata.name === name)
      .map(({ type, object: { spec, status } }) => {
        const { replicas, readyReplicas = 0, availableReplicas = 0 } = status;
        return `${type} wanted=${String(spec.replicas)} has=${String(replicas)} ready=${String(readyReplicas)} available=${String(availableReplicas)}`;
      }),
  );
}

export function replicaSetNames(observed: readonly Observed[]): readonly string[] {
  const sets = of(observed, 'replicasets', (object) => object as ReplicaSet);
  return [...new Set(sets.map(({ object }) => object.metadata.name))];
}

/** Reasons of the events about objects of a kind whose name matches, in the order in which each was first given. */
export function eventReasons(
  observed: readonly Observed[],
  kind: string,
  name: string,
): readonly string[] {
  type Told = { reason: string; involvedObject: { kind: string; name: string } };
  const told = of(observed, 'events', (object) => object as Told)
    .map(({ object }) => object)
    .filter(({ involvedObject }) => involvedObject.kind === kind && involvedObject.name === name);
  return [...new Set(told.map(({ reason }) => reason))];
}

function of<Kind>(
  observed: readonly Observed[],
  resource: string,
  read: (object: unknown) => Kind,
): readonly { readonly type: string; readonly object: Kind }[] {
  return observed
    .filter((entry) => entry.resource === resource && entry.type !== 'BOOKMARK')
    .map(({ type, object }) => ({ type, object: read(object) }));
}

function withoutRepetition(lines: readonly string[]): readonly string[] {
  return lines.filter((line, index) => line !== lines[index - 1]);
}
