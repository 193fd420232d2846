import { z } from 'zod';
import { duration } from '../../src/contracts/scalars.ts';

export const podsConfig = z.strictObject({
  namespace: z
    .string()
    .min(1)
    .optional()
    .describe("Namespace of the pods. Default: the kubeconfig context's."),
  selector: z
    .string()
    .min(1)
    .describe('Label selector of the pods, as kubectl -l takes it: `app=keystone`.'),
  workloads: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe(
      'Names of workloads (Deployments, StatefulSets, DaemonSets): only their pods are looked at.',
    ),
  relist: duration({ positive: true })
    .prefault('10s')
    .describe(
      'How often a list is held against what the watch has shown: a dead watch goes unnoticed no longer.',
    ),
});
export type PodsConfig = z.infer<typeof podsConfig>;
