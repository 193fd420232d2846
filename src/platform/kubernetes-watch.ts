import type { IncomingMessage } from 'node:http';
import type { Kubernetes } from './kubernetes.ts';
import { bodyOf, describe, isRecord, refusal, sendRequest } from './kubernetes-api.ts';
import { after } from './timers.ts';

export type WatchEvent = { readonly type: string; readonly object: unknown };

/**
 * How a watch ended.
 * - `closed`: the server ended the response in order, on a line's end.
 * - `refused`: an HTTP status other than 200.
 * - `broken`: anything else: no connection, reset, silent for too long, a line that is not an event.
 * - `aborted`: by the signal.
 */
export type WatchEnd =
  | { readonly kind: 'closed' }
  | { readonly kind: 'refused'; readonly status: number; readonly why: string }
  | { readonly kind: 'broken'; readonly why: string }
  | { readonly kind: 'aborted' };

export type WatchOptions = {
  readonly query: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** The longest wait for the headers. */
  readonly openMs: number;
  /** A stream without a byte for this long is given up. Bookmarks come about once a minute. */
  readonly silenceMs: number;
  readonly onOpen: () => void;
  /** Null to go on; a text ends the watch as `broken` and says why. */
  readonly onEvent: (event: WatchEvent) => string | null;
};

/** One watch request, from connection to end; nothing is retried here. Never rejects. */
export async function watchOnce(
  kubernetes: Kubernetes,
  path: string,
  options: WatchOptions,
): Promise<WatchEnd> {
  const given = new AbortController();
  const signal = AbortSignal.any([options.signal, given.signal]);
  let patience = after(options.openMs, () => {
    given.abort(new Error(`no answer within ${String(options.openMs)} ms`));
  });
  const heard = () => {
    patience();
    patience = after(options.silenceMs, () => {
      given.abort(new Error(`silent for ${String(options.silenceMs)} ms`));
    });
  };
  try {
    const query = { ...options.query, watch: 'true', allowWatchBookmarks: 'true' };
    const response = await sendRequest(kubernetes, { method: 'GET', path, query, signal });
    heard();
    if (response.statusCode !== 200) {
      const { status, message } = refusal(response, await bodyOf(response));
      return { kind: 'refused', status: status ?? 0, why: message };
    }
    options.onOpen();
    return await readEvents(response, heard, options.onEvent);
  } catch (error) {
    if (options.signal.aborted) return { kind: 'aborted' };
    return { kind: 'broken', why: describe(given.signal.aborted ? given.signal.reason : error) };
  } finally {
    patience();
    // Frees the socket when the end came from our side.
    given.abort();
  }
}

/**
 * A line counts only when its end has come: a truncated one is not an event, and is sent again by a watch from the version before it.
 */
async function readEvents(
  response: IncomingMessage,
  heard: () => void,
  onEvent: (event: WatchEvent) => string | null,
): Promise<WatchEnd> {
  response.setEncoding('utf8');
  let rest = '';
  for await (const chunk of response) {
    heard();
    const lines = (rest + (chunk as string)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.trim() === '') continue;
      const event = eventOf(line);
      const why = event === null ? 'a line of the stream is not a watch event' : onEvent(event);
      if (why !== null) return { kind: 'broken', why };
    }
  }
  return rest.trim() === ''
    ? { kind: 'closed' }
    : { kind: 'broken', why: 'the stream ended in the middle of an event' };
}

function eventOf(line: string): WatchEvent | null {
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) && typeof value['type'] === 'string'
      ? { type: value['type'], object: value['object'] }
      : null;
  } catch {
    return null;
  }
}
