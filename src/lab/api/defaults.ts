import type { KubeObject, ResourceName } from '../objects.ts';
import { isRecord } from './record.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Fills in what the real server fills in, and drops what it drops (nulls), so that a template that goes through a client
 * and comes back (`kubectl rollout undo`) is the same template.
 */
export function withDefaults(resource: ResourceName, object: KubeObject): KubeObject {
  switch (resource) {
    case 'pods':
      return {
        ...object,
        ...mapField({ ...object }, 'spec', (spec) => podSpec(withoutNulls(spec))),
      };
    case 'deployments':
    case 'replicasets': {
      const change = (spec: Fields) => mapField(withoutNulls(spec), 'template', template);
      return { ...object, ...mapField({ ...object }, 'spec', change) };
    }
    case 'nodes':
    case 'services':
    case 'events':
    case 'namespaces':
    case 'endpointslices':
      return object;
  }
}

function template(fields: Fields): Fields {
  return mapField(fields, 'spec', podSpec);
}

function podSpec(spec: Fields): Fields {
  const { containers } = spec;
  return {
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    securityContext: {},
    schedulerName: 'default-scheduler',
    ...spec,
    containers: Array.isArray(containers) ? containers.map(container) : containers,
  };
}

function container(value: unknown): unknown {
  if (!isRecord(value)) return value;
  const { ports } = value;
  const filled = {
    resources: {},
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: 'IfNotPresent',
    ...value,
    ...(Array.isArray(ports) ? { ports: ports.map(withProtocol) } : {}),
  };
  return mapField(filled, 'readinessProbe', (probe) => ({
    timeoutSeconds: 1,
    periodSeconds: 10,
    successThreshold: 1,
    failureThreshold: 3,
    ...mapField(probe, 'httpGet', (get) => ({ scheme: 'HTTP', ...get })),
  }));
}

function withProtocol(port: unknown): unknown {
  return isRecord(port) ? { protocol: 'TCP', ...port } : port;
}

function mapField(fields: Fields, name: string, change: (value: Fields) => Fields): Fields {
  const value = fields[name];
  return isRecord(value) ? { ...fields, [name]: change(value) } : fields;
}

function withoutNulls<Value>(value: Value): Value {
  // Keys with null are left out; everything else keeps its type.
  return JSON.parse(JSON.stringify(value), (_key, item: unknown) => item ?? undefined) as Value;
}
