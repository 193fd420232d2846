import type { Kubernetes } from './kubernetes.ts';
import { type ApiFailure, apiRequest, isRecord } from './kubernetes-api.ts';

/** A list as of `version`: every page of it belongs to the same snapshot. */
export type Listing = {
  readonly ok: true;
  readonly version: string;
  readonly items: readonly unknown[];
};

export type ListOptions = {
  readonly query?: Readonly<Record<string, string>>;
  /** For each page. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
};

const PAGE = '500';
const SNAPSHOTS = 3;

/**
 * The whole list, page by page. Without a resourceVersion in the query this is a consistent read: it shows everything that was
 * written before it was asked. A `continue` token that expired between pages (410) starts the list again, three times at most.
 */
export async function listAll(
  kubernetes: Kubernetes,
  path: string,
  options: ListOptions,
): Promise<Listing | ApiFailure> {
  for (let snapshot = 1; ; snapshot++) {
    const listing = await oneSnapshot(kubernetes, path, options);
    if (listing.ok || listing.status !== 410 || snapshot === SNAPSHOTS) return listing;
  }
}

async function oneSnapshot(
  kubernetes: Kubernetes,
  path: string,
  { query, ...exchange }: ListOptions,
): Promise<Listing | ApiFailure> {
  const items: unknown[] = [];
  let next = '';
  for (;;) {
    const page = { ...query, limit: PAGE, ...(next === '' ? {} : { continue: next }) };
    const answer = await apiRequest(kubernetes, { method: 'GET', path, query: page, ...exchange });
    if (!answer.ok) return answer;
    const { body } = answer;
    const metadata = isRecord(body) ? body['metadata'] : null;
    if (!isRecord(body) || !isRecord(metadata) || typeof metadata['resourceVersion'] !== 'string') {
      return { ok: false, status: null, message: `${path} did not answer with a list` };
    }
    // Go's encoder writes an empty list of some kinds as null.
    if (Array.isArray(body['items'])) items.push(...(body['items'] as unknown[]));
    next = typeof metadata['continue'] === 'string' ? metadata['continue'] : '';
    if (next === '') return { ok: true, version: metadata['resourceVersion'], items };
  }
}
