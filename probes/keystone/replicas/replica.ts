import type { Subject } from '../../../src/model/event.ts';
import { keystoneUrl } from '../../shared/identity/account.ts';
import { type ListedEndpoint, replicaName } from './config.ts';

/** One process of Keystone behind the public URL: an endpoint as listed, or a pod. */
export type Replica = Subject & {
  /** Base URL, ending in /v3. */
  readonly url: URL;
};

/** The replicas there are now. */
export type ReplicaSource = {
  readonly current: () => readonly Replica[];
  readonly close: () => void;
};

export function listedReplicas(list: readonly ListedEndpoint[]): ReplicaSource {
  const replicas = list.map((one): Replica => {
    const url = keystoneUrl(typeof one === 'string' ? one : one.url);
    if (typeof url === 'string') throw new Error(`not checked by the schema: ${url}`);
    return { kind: 'Endpoint', name: replicaName(one), uid: null, url };
  });
  return { current: () => replicas, close: () => undefined };
}

/** By what it is known from check to check: a pod of the same name made anew is another replica. */
export function replicaKey({ name, uid }: Pick<Subject, 'name' | 'uid'>): string {
  return uid ?? name;
}
