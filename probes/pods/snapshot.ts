import type { Kubernetes } from '../../src/platform/kubernetes.ts';
import type { ApiFailure } from '../../src/platform/kubernetes-api.ts';
import { listAll } from '../../src/platform/kubernetes-list.ts';
import type { Snapshot } from './object-store.ts';

/** A collection of the API that is listed and watched. */
export type WatchedResource<T> = {
  /** Its plural: `pods`. */
  readonly name: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** An object as the API gives it → what is kept of it; null when it is not one. */
  readonly read: (object: unknown) => T | null;
};

export async function readSnapshot<T>(
  kubernetes: Kubernetes,
  resource: WatchedResource<T>,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<(Snapshot<T> & { readonly ok: true }) | ApiFailure> {
  const { path, query } = resource;
  const exchange = { query, timeoutMs, ...(signal === undefined ? {} : { signal }) };
  const listing = await listAll(kubernetes, path, exchange);
  if (!listing.ok) return listing;
  const items: T[] = [];
  for (const raw of listing.items) {
    const item = resource.read(raw);
    if (item === null) {
      return { ok: false, status: null, message: `an item of ${path} cannot be read` };
    }
    items.push(item);
  }
  return { ok: true, version: listing.version, items };
}
