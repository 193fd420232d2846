import { z } from 'zod';
import { badRequest } from './problem.ts';
import { fieldSelector, labelSelector, type Predicate } from './selectors.ts';

const QUERY = z.looseObject({
  labelSelector: z.string().default(''),
  fieldSelector: z.string().default(''),
  limit: z.coerce.number().int().min(0).default(0),
  continue: z.string().default(''),
  watch: z.string().default(''),
  resourceVersion: z.string().regex(/^\d*$/).default(''),
  allowWatchBookmarks: z.string().default(''),
  timeoutSeconds: z.coerce.number().int().min(0).optional(),
  gracePeriodSeconds: z.coerce.number().int().min(0).optional(),
});

export type ListQuery = {
  readonly matches: Predicate;
  readonly limit: number;
  readonly continue: string;
  readonly watch: boolean;
  /** Null when absent or 0: any version will do. */
  readonly version: number | null;
  readonly bookmarks: boolean;
  readonly timeoutSeconds: number | null;
  readonly gracePeriodSeconds: number | null;
};

/** The query of a request on a collection or an object. Throws BadRequest. */
export function parseQuery(query: unknown, namespace: string | undefined): ListQuery {
  const parsed = QUERY.safeParse(query);
  if (!parsed.success) throw badRequest('a query parameter has a wrong value');
  const { data } = parsed;
  const byLabel = labelSelector(data.labelSelector);
  const byField = fieldSelector(data.fieldSelector);
  return {
    matches: (object) =>
      (namespace === undefined || object.metadata.namespace === namespace) &&
      byLabel(object) &&
      byField(object),
    limit: data.limit,
    continue: data.continue,
    watch: isTrue(data.watch),
    version: Number(data.resourceVersion) === 0 ? null : Number(data.resourceVersion),
    bookmarks: isTrue(data.allowWatchBookmarks),
    timeoutSeconds: data.timeoutSeconds ?? null,
    gracePeriodSeconds: data.gracePeriodSeconds ?? null,
  };
}

function isTrue(text: string): boolean {
  return text === 'true' || text === '1';
}
