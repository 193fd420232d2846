import { apiVersionOf, RESOURCE_TYPES, type ResourceType } from './resources.ts';

/** What a client asks before it asks for objects: versions, groups and the resources of a group. By path. */
export function discoveryDocuments(): ReadonlyMap<string, unknown> {
  const groups = [...new Set(RESOURCE_TYPES.map(({ group }) => group))];
  const documents = new Map<string, unknown>([
    ['/version', VERSION],
    ['/api', { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] }],
    [
      '/apis',
      {
        kind: 'APIGroupList',
        apiVersion: 'v1',
        groups: groups.filter((group) => group !== '').map(groupOf),
      },
    ],
  ]);
  for (const group of groups) {
    const types = RESOURCE_TYPES.filter((type) => type.group === group);
    const path = group === '' ? '/api/v1' : `/apis/${group}/v1`;
    documents.set(path, resourceList(types));
    if (group !== '') documents.set(`/apis/${group}`, { kind: 'APIGroup', ...groupOf(group) });
  }
  return documents;
}

const VERSION = {
  major: '1',
  minor: '34',
  gitVersion: 'v1.34.0+rollproof-lab',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: '',
  compiler: '',
  platform: 'linux/amd64',
};

function groupOf(name: string) {
  const version = { groupVersion: `${name}/v1`, version: 'v1' };
  return { name, versions: [version], preferredVersion: version };
}

function resourceList(types: readonly ResourceType[]) {
  const [first] = types;
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: first === undefined ? '' : apiVersionOf(first),
    resources: types.flatMap((type) => {
      const { name, singular: singularName, kind, namespaced, shortNames } = type;
      const reading = ['get', 'list', 'watch'];
      const verbs = type.writable ? [...reading, 'create', 'delete', 'patch', 'update'] : reading;
      const own = { name, singularName, namespaced, kind, verbs, shortNames };
      const status = { name: `${name}/status`, singularName: '', namespaced, kind };
      return type.status ? [own, { ...status, verbs: ['get', 'patch', 'update'] }] : [own];
    }),
  };
}
