import { randomUUID } from 'node:crypto';
import type { KubeObject, ResourceName } from '../objects.ts';
import { ApiProblem } from './problem.ts';
import { apiVersionOf, resourceType } from './resources.ts';
import type { Predicate } from './selectors.ts';
import type { Store } from './store.ts';

export type ListBody = {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata: {
    readonly resourceVersion: string;
    readonly continue?: string;
    readonly remainingItemCount?: number;
  };
  /** Without kind and apiVersion, as the real server gives them. */
  readonly items: readonly Omit<KubeObject, 'kind' | 'apiVersion'>[];
};

type Rest = { readonly version: string; readonly objects: readonly KubeObject[] };

/**
 * Lists with limit and continue. Every page of one list is of the same version: the rest is kept until it is asked for.
 * A token is good once, and only the last hundred are kept; others get 410 as an expired one does.
 */
export class Pages {
  readonly #rests = new Map<string, Rest>();
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  list(
    resource: ResourceName,
    query: { readonly matches: Predicate; readonly limit: number; readonly continue: string },
  ): ListBody {
    const { version, objects } =
      query.continue === ''
        ? {
            version: String(this.#store.version),
            objects: this.#store.list(resource).filter(query.matches),
          }
        : this.#take(query.continue);
    const size = query.limit > 0 ? query.limit : objects.length;
    const rest = objects.slice(size);
    const type = resourceType(resource);
    return {
      kind: `${type.kind}List`,
      apiVersion: apiVersionOf(type),
      metadata: {
        resourceVersion: version,
        ...(rest.length === 0
          ? {}
          : { continue: this.#keep({ version, objects: rest }), remainingItemCount: rest.length }),
      },
      items: objects.slice(0, size).map(bare),
    };
  }

  #keep(rest: Rest): string {
    const token = randomUUID();
    this.#rests.set(token, rest);
    const [oldest] = this.#rests.keys();
    if (this.#rests.size > 100 && oldest !== undefined) this.#rests.delete(oldest);
    return token;
  }

  #take(token: string): Rest {
    const rest = this.#rests.get(token);
    this.#rests.delete(token);
    if (rest !== undefined) return rest;
    throw new ApiProblem(
      410,
      'Expired',
      'The provided continue parameter is too old to display a consistent list result. You must start a new list without the continue parameter.',
    );
  }
}

function bare(object: KubeObject): Omit<KubeObject, 'kind' | 'apiVersion'> {
  return Object.assign({}, object, { kind: undefined, apiVersion: undefined });
}
