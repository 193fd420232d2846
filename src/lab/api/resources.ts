import type { ResourceName } from '../objects.ts';

/** How a resource stands in the API: its path, its kind and what the server does for it. */
export type ResourceType = {
  readonly name: ResourceName;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly kind: string;
  /** Empty for the core group. */
  readonly group: string;
  readonly version: 'v1';
  readonly namespaced: boolean;
  /** `metadata.generation` counts changes of what is desired. */
  readonly generation: boolean;
  readonly status: boolean;
  /** Whether clients may create and change it; what only controllers write is theirs. */
  readonly writable: boolean;
};

export const RESOURCE_TYPES: readonly ResourceType[] = [
  resource('pods', 'Pod', '', ['po'], { generation: true, status: true }),
  resource('nodes', 'Node', '', ['no'], { namespaced: false, status: true }),
  resource('services', 'Service', '', ['svc'], { status: true }),
  resource('events', 'Event', '', ['ev'], { writable: false }),
  resource('namespaces', 'Namespace', '', ['ns'], { namespaced: false, writable: false }),
  resource('deployments', 'Deployment', 'apps', ['deploy'], { generation: true, status: true }),
  resource('replicasets', 'ReplicaSet', 'apps', ['rs'], { generation: true, status: true }),
  resource('endpointslices', 'EndpointSlice', 'discovery.k8s.io', [], {
    generation: true,
    writable: false,
  }),
];

export function resourceType(name: ResourceName): ResourceType {
  const found = RESOURCE_TYPES.find((type) => type.name === name);
  if (found === undefined) throw new Error(`no resource ${name}`);
  return found;
}

export function apiVersionOf(type: ResourceType): string {
  return type.group === '' ? type.version : `${type.group}/${type.version}`;
}

function resource(
  name: ResourceName,
  kind: string,
  group: string,
  shortNames: readonly string[],
  traits: Partial<Pick<ResourceType, 'namespaced' | 'generation' | 'status' | 'writable'>>,
): ResourceType {
  return {
    name,
    singular: kind.toLowerCase(),
    shortNames,
    kind,
    group,
    version: 'v1',
    namespaced: true,
    generation: false,
    status: false,
    writable: true,
    ...traits,
  };
}
