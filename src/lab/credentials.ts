import { stringify } from 'yaml';

/** A kubeconfig for the lab's API, which asks for no credentials. */
export function kubeconfig(server: string, namespace: string): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    // @kubernetes/client-node takes plain HTTP only when it is told not to verify TLS.
    clusters: [{ name: 'lab', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'lab', user: {} }],
    contexts: [{ name: 'lab', context: { cluster: 'lab', user: 'lab', namespace } }],
    'current-context': 'lab',
  });
}

/** A clouds.yaml with one cloud, `lab`. */
export function cloudsYaml(keystoneUrl: string, password: string): string {
  return stringify({
    clouds: {
      lab: {
        auth: {
          auth_url: `${keystoneUrl}/v3`,
          username: 'admin',
          password,
          project_name: 'admin',
          user_domain_name: 'Default',
          project_domain_name: 'Default',
        },
        region_name: 'RegionOne',
        identity_api_version: 3,
      },
    },
  });
}
