import { z } from 'zod';

const condition = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string().nullish(),
  message: z.string().nullish(),
});
const container = z.object({ name: z.string(), image: z.string().nullish() });
const deploymentObject = z.object({
  metadata: z.object({ name: z.string(), uid: z.string(), generation: z.number().default(0) }),
  spec: z.object({
    replicas: z.number().nullish(),
    paused: z.boolean().nullish(),
    selector: z.object({
      matchLabels: z.record(z.string(), z.string()).nullish(),
      matchExpressions: z
        .array(
          z.object({
            key: z.string(),
            operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
            values: z.array(z.string()).nullish(),
          }),
        )
        .nullish(),
    }),
    template: z.object({
      spec: z.object({
        containers: z.array(container),
        initContainers: z.array(container).nullish(),
      }),
    }),
  }),
  status: z
    .object({
      observedGeneration: z.number().nullish(),
      replicas: z.number().nullish(),
      updatedReplicas: z.number().nullish(),
      availableReplicas: z.number().nullish(),
      conditions: z.array(condition).nullish(),
    })
    .nullish(),
});

/** The parts of a Deployment's object that an upgrade looks at. */
export type Deployment = z.infer<typeof deploymentObject>;

/** An object as the API gives it → a Deployment; null when it is none. */
export function readDeployment(object: unknown): Deployment | null {
  return deploymentObject.safeParse(object).data ?? null;
}

/** `spec.selector` as a query takes it: `app=keystone,tier in (a,b),!canary`. */
export function selectorText({ matchLabels, matchExpressions }: Deployment['spec']['selector']) {
  const labels = Object.entries(matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  return [...labels, ...(matchExpressions ?? []).map(expressionText)].join(',');
}

type Expression = NonNullable<Deployment['spec']['selector']['matchExpressions']>[number];

function expressionText({ key, operator, values }: Expression): string {
  const list = `(${(values ?? []).join(',')})`;
  switch (operator) {
    case 'In':
      return `${key} in ${list}`;
    case 'NotIn':
      return `${key} notin ${list}`;
    case 'Exists':
      return key;
    case 'DoesNotExist':
      return `!${key}`;
  }
}
