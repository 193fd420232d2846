import type { KubeConfig } from '@kubernetes/client-node';
import { CodedError, messageOf } from '../errors/coded-error.ts';

/** A cluster as the ecosystem finds it: KUBECONFIG, ~/.kube/config or the pod's service account. */
export type Kubernetes = {
  readonly config: KubeConfig;
  /** The namespace of the current context. */
  readonly namespace: string;
};

/**
 * Loads the cluster configuration. Throws `cluster-unreachable` when there is none or it cannot be read. The library is loaded only here: with its generated clients it takes half a second, which
 * every command would pay for.
 */
export async function connectKubernetes(
  env: Readonly<Record<string, string | undefined>>,
): Promise<Kubernetes> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  try {
    const path = env['KUBECONFIG'];
    if (path === undefined || path === '') config.loadFromDefault();
    else if (path.includes(':')) config.loadFromDefault();
    else config.loadFromFile(path);
  } catch (error) {
    throw new CodedError(
      'cluster-unreachable',
      `the kubeconfig cannot be read: ${messageOf(error)}`,
      'set KUBECONFIG to a readable kubeconfig file',
      error,
    );
  }
  if (config.getCurrentCluster() === null) {
    throw new CodedError(
      'cluster-unreachable',
      'no Kubernetes cluster is configured',
      'set KUBECONFIG to a kubeconfig file with a current context',
    );
  }
  const context = config.getContextObject(config.getCurrentContext());
  return { config, namespace: context?.namespace ?? 'default' };
}
