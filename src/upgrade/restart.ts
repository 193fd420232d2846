import { z } from 'zod';
import { stepKind } from '../contracts/step.ts';
import { wallMs } from '../platform/clock.ts';
import { deploymentFields } from './deployment-fields.ts';
import { rollDeployment } from './roll-deployment.ts';

const config = z.strictObject(deploymentFields);

export const restart = stepKind<z.infer<typeof config>>({
  kind: 'restart',
  summary: 'Restarts a Deployment, as kubectl rollout restart does, and waits for the rollout.',
  config,
  describe: ({ deployment }) => `restart ${deployment}`,
  needsCluster: true,
  run: (order, context) => {
    // Fixed once, so that a patch sent twice is one restart; with ms, so that two in one second are two.
    const annotations = {
      'kubectl.kubernetes.io/restartedAt': new Date(wallMs()).toISOString(),
    };
    const patch = { spec: { template: { metadata: { annotations } } } };
    const { deployment, namespace, timeout } = order;
    return rollDeployment({ deployment, namespace, timeout, change: () => ({ patch }) }, context);
  },
});
