import { z } from 'zod';
import { duration } from '../contracts/scalars.ts';

/** What every step that rolls a Deployment is told. */
export const deploymentFields = {
  deployment: z.string().min(1).describe('Name of the Deployment.'),
  namespace: z
    .string()
    .min(1)
    .optional()
    .describe("Its namespace. Default: the kubeconfig context's."),
  timeout: duration({ positive: true })
    .prefault('15m')
    .describe(
      "The step has failed after this long. The Deployment's own progressDeadlineSeconds may end it before.",
    ),
};
