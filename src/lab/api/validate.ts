import { z } from 'zod';
import type { KubeObject, ResourceName } from '../objects.ts';
import { withDefaults } from './defaults.ts';
import { badRequest, type Cause, invalid } from './problem.ts';
import { apiVersionOf, resourceType } from './resources.ts';

const labels = z.record(z.string(), z.string());
const count = z.number().int().min(0);
const countOrPercent = z.union([count, z.string().regex(/^\d+%$/)]);

const metadata = z.looseObject({
  name: z
    .string()
    .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/)
    .optional(),
  generateName: z.string().optional(),
  namespace: z.string().optional(),
  labels: labels.optional(),
  annotations: labels.optional(),
});

const container = z.looseObject({
  name: z.string().min(1),
  image: z.string().min(1),
  env: z.array(z.looseObject({ name: z.string(), value: z.string().optional() })).optional(),
  ports: z.array(z.looseObject({ containerPort: z.number().int().min(1).max(65535) })).optional(),
  readinessProbe: z
    .looseObject({
      httpGet: z.looseObject({ path: z.string().default('/'), port: z.number().int() }),
      periodSeconds: count.min(1).optional(),
      timeoutSeconds: count.min(1).optional(),
      failureThreshold: count.min(1).optional(),
      successThreshold: count.min(1).optional(),
      initialDelaySeconds: count.optional(),
    })
    .optional(),
});

const podSpec = z.looseObject({
  // The lab runs pods of one container.
  containers: z.array(container).min(1).max(1, 'the lab runs one container a pod'),
  terminationGracePeriodSeconds: count.optional(),
});

const template = z.looseObject({
  metadata: z.looseObject({ labels: labels.optional(), annotations: labels.optional() }).optional(),
  spec: podSpec,
});
const selector = z.looseObject({ matchLabels: labels });

const SPECS: Readonly<Partial<Record<ResourceName, z.ZodType>>> = {
  pods: podSpec,
  deployments: z.looseObject({
    replicas: count.default(1),
    selector,
    template,
    strategy: z
      .looseObject({
        type: z.enum(['RollingUpdate', 'Recreate']).default('RollingUpdate'),
        rollingUpdate: z
          .looseObject({
            maxUnavailable: countOrPercent.default('25%'),
            maxSurge: countOrPercent.default('25%'),
          })
          .prefault({}),
      })
      .prefault({}),
    minReadySeconds: count.optional(),
    revisionHistoryLimit: count.default(10),
    progressDeadlineSeconds: count.min(1).default(600),
  }),
  replicasets: z.looseObject({ replicas: count.default(1), selector, template }),
  nodes: z.looseObject({ unschedulable: z.boolean().optional() }),
  services: z.looseObject({
    selector: labels.optional(),
    ports: z.array(z.looseObject({ port: z.number().int().min(1).max(65535) })),
  }),
};

const ENVELOPE = z.looseObject({
  kind: z.string().optional(),
  apiVersion: z.string().optional(),
  metadata,
});

/**
 * An object as a client sent it → the object with defaults filled in. Throws BadRequest when it is no object of this
 * resource, and Invalid (422) with every wrong field, so that no controller meets an object it cannot read.
 */
export function validated(resource: ResourceName, body: unknown): KubeObject {
  const type = resourceType(resource);
  const envelope = ENVELOPE.safeParse(body);
  if (!envelope.success) throw badRequest(`the object provided is not a ${type.kind}`);
  const object = envelope.data;
  if (
    (object.kind ?? type.kind) !== type.kind ||
    (object.apiVersion ?? apiVersionOf(type)) !== apiVersionOf(type)
  ) {
    throw badRequest(
      `${type.kind} in version "${apiVersionOf(type)}" was expected, got ${String(object.kind)} in "${String(object.apiVersion)}"`,
    );
  }
  const spec = SPECS[resource]?.safeParse(object['spec']);
  if (spec?.success === false) {
    const name = object.metadata.name ?? object.metadata.generateName ?? '';
    const causes: readonly Cause[] = spec.error.issues.map(({ path, message }) => ({
      field: ['spec', ...path].join('.'),
      message,
    }));
    throw invalid(type.kind, type.group, name, causes);
  }
  // Checked above: what of it the lab reads has the right shape.
  const filled = {
    ...object,
    kind: type.kind,
    apiVersion: apiVersionOf(type),
    ...(spec === undefined ? {} : { spec: spec.data }),
  } as unknown as KubeObject;
  return withDefaults(resource, filled);
}
