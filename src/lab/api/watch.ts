import type { ServerResponse } from 'node:http';
import { after, every } from '../../platform/timers.ts';
import type { KubeObject, ResourceName } from '../objects.ts';
import { ApiProblem } from './problem.ts';
import { apiVersionOf, resourceType } from './resources.ts';
import type { Predicate } from './selectors.ts';
import type { Change, Store } from './store.ts';

export type WatchQuery = {
  readonly matches: Predicate;
  /** Changes after this version; null: the state now as ADDED, then changes. */
  readonly since: number | null;
  readonly bookmarks: boolean;
  readonly timeoutSeconds: number | null;
};

export type WatchEvent = { readonly type: string; readonly object: unknown };

/**
 * What a watch with this selector is told of a change: an object that stops matching is DELETED for it, one that starts
 * matching is ADDED; null when neither version matches.
 */
export function eventOf(change: Change, matches: Predicate): WatchEvent | null {
  const { object, before } = change;
  const is = matches(object);
  const was = before !== null && matches(before);
  switch (change.type) {
    case 'ADDED':
      return is ? { type: 'ADDED', object } : null;
    case 'DELETED':
      return was ? { type: 'DELETED', object } : null;
    case 'MODIFIED':
      if (is) return { type: was ? 'MODIFIED' : 'ADDED', object };
      return was ? { type: 'DELETED', object: withVersion(before, change.version) } : null;
  }
}

/**
 * Streams changes, one JSON line each, until the client goes, the timeout is over or `close` is called. A version that is
 * too old gets HTTP 200 and one ERROR line with the 410 status.
 */
export function serveWatch(
  store: Store,
  resource: ResourceName,
  query: WatchQuery,
  response: ServerResponse,
  bookmarkMs: number,
): { readonly close: () => void } {
  response.socket?.setNoDelay(true);
  response.writeHead(200, {
    'content-type': 'application/json',
    'cache-control': 'no-cache, private',
  });
  response.flushHeaders();
  const send = (event: WatchEvent) => response.write(`${JSON.stringify(event)}\n`);
  const tell = (change: Change) => {
    if (change.resource !== resource) return;
    const event = eventOf(change, query.matches);
    if (event !== null) send(event);
  };
  try {
    if (query.since === null) {
      for (const object of store.list(resource)) {
        if (query.matches(object)) send({ type: 'ADDED', object });
      }
    } else {
      for (const change of store.changesSince(resource, query.since)) tell(change);
    }
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    response.end(`${JSON.stringify({ type: 'ERROR', object: error.status })}\n`);
    return { close: () => undefined };
  }
  const bookmark = () => {
    const { kind } = resourceType(resource);
    const metadata = { resourceVersion: String(store.version) };
    const apiVersion = apiVersionOf(resourceType(resource));
    send({ type: 'BOOKMARK', object: { kind, apiVersion, metadata } });
  };
  const ends = [
    store.subscribe(tell),
    ...(query.bookmarks ? [every(bookmarkMs, bookmark)] : []),
    ...(query.timeoutSeconds === null
      ? []
      : [
          after(query.timeoutSeconds * 1000, () => {
            // As the real server: the last bookmark lets the next watch resume here.
            if (query.bookmarks) bookmark();
            close();
          }),
        ]),
  ];
  const forget = () => {
    for (const end of ends.splice(0)) end();
  };
  const close = () => {
    forget();
    response.end();
  };
  response.on('close', forget);
  return { close };
}

function withVersion(object: KubeObject, version: number): KubeObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
}
