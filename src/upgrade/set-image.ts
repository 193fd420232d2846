import { z } from 'zod';
import { stepKind } from '../contracts/step.ts';
import type { Deployment } from './deployment.ts';
import { deploymentFields } from './deployment-fields.ts';
import { rollDeployment } from './roll-deployment.ts';

const config = z.strictObject({
  ...deploymentFields,
  container: z.string().min(1).describe('The container (or init container) whose image is set.'),
  image: z.string().min(1).describe('The new image: `kolla/keystone:2025.2`.'),
});

export const setImage = stepKind<z.infer<typeof config>>({
  kind: 'setImage',
  summary:
    'Sets the image of a container of a Deployment and waits for the rollout. Fails when it has that image already: nothing would be proven.',
  config,
  describe: ({ deployment, image }) => `set image of ${deployment} to ${image}`,
  needsCluster: true,
  run: ({ container, image, deployment, namespace, timeout }, context) =>
    rollDeployment(
      { deployment, namespace, timeout, change: (found) => imagePatch(found, container, image) },
      context,
    ),
});

/**
 * kubectl says nothing and succeeds when the image is the same. Here it would let an upgrade that never happened pass as one that lost
 * nothing, so it is a failure that names the way out.
 */
export function imagePatch(
  { metadata: { name: deployment }, spec }: Deployment,
  container: string,
  image: string,
): { readonly patch: unknown } | { readonly why: string } {
  const { containers, initContainers } = spec.template.spec;
  const ofPod = containers.find(({ name }) => name === container);
  const found = ofPod ?? initContainers?.find(({ name }) => name === container);
  if (found === undefined) {
    const names = [...containers, ...(initContainers ?? [])].map(({ name }) => name).join(', ');
    return { why: `deployment ${deployment} has no container ${container}; there are: ${names}` };
  }
  if (found.image === image) {
    return {
      why: `container ${container} of deployment ${deployment} has the image ${image} already: nothing would roll; the restart step rolls the same image`,
    };
  }
  const list = ofPod === undefined ? 'initContainers' : 'containers';
  const change = [{ name: container, image }];
  return { patch: { spec: { template: { spec: { [list]: change } } } } };
}
