import { type DurationNs, NS_PER_MS, type RunNs } from '../../src/model/time.ts';
import { after, pollTurn } from '../../src/platform/timers.ts';
import type { Connection, Connections } from './connections.ts';
import { isClosure } from './failure.ts';

export type Request = {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
};

export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
};

/** What came of one request. `at`: when it was known; `note`: what else happened on the way. */
export type Exchange = {
  readonly sent: RunNs;
  readonly at: RunNs;
  readonly note: string | null;
} & (
  | { readonly kind: 'answer'; readonly answer: Answer; readonly late: boolean }
  | { readonly kind: 'silence' }
  | { readonly kind: 'error'; readonly error: unknown }
);

export type ExchangeOptions = {
  readonly connections: Connections;
  readonly reuse: boolean;
  readonly timeoutNs: DurationNs;
  readonly now: () => RunNs;
};

/**
 * Sends one request and reads the whole answer, within one deadline. It never retries, with one exception: a kept-alive
 * connection that turns out to be closed within a round trip of our sending. That close was on its way before
 * the request can have arrived, so the server never refused anything; the request then goes out once more on a new connection
 * (RFC 9112, 9.3.1), within the same deadline, and `note` says so. A close that comes later counts.
 */
export async function exchange(request: Request, options: ExchangeOptions): Promise<Exchange> {
  const { connections, now } = options;
  // What closed while it was idle is seen closed before a connection is chosen.
  if (options.reuse) await pollTurn();
  const connection = connections.take();
  const first = await attempt(connection, request, options, now(), options.timeoutNs);
  const crossed =
    first.kind === 'error' &&
    connection.reused &&
    isClosure(first.error) &&
    first.at - first.sent <= connections.roundTripNs();
  if (!crossed) return first;
  const left = options.timeoutNs - (first.at - first.sent);
  const second = await attempt(connections.fresh(), request, options, first.sent, left);
  return { ...second, note: 'the idle connection was being closed; sent again on a new one' };
}

async function attempt(
  connection: Connection,
  request: Request,
  { reuse, now, timeoutNs }: ExchangeOptions,
  sent: RunNs,
  leftNs: DurationNs,
): Promise<Exchange> {
  const deadline = new AbortController();
  const ended = transfer(connection, request, reuse, deadline.signal).then(
    (answer): Exchange => {
      const at = now();
      return { kind: 'answer', answer, sent, at, late: at - sent > timeoutNs, note: null };
    },
    (error: unknown): Exchange => {
      return { kind: 'error', error, sent, at: now(), note: null };
    },
  );
  const expired = new Promise<null>((resolve) => {
    const cancel = after(Math.ceil(leftNs / NS_PER_MS), () => {
      // Timers run before sockets are read: an answer that waits there came in time.
      void pollTurn().then(() => {
        resolve(null);
      });
    });
    void ended.then(cancel);
  });
  const result = await Promise.race([ended, expired]);
  if (result !== null) {
    if (result.kind === 'answer') connection.release();
    else connection.discard();
    return result;
  }
  deadline.abort();
  connection.discard();
  return { kind: 'silence', sent, at: now(), note: null };
}

async function transfer(
  { client }: Connection,
  request: Request,
  reuse: boolean,
  signal: AbortSignal,
): Promise<Answer> {
  const { statusCode, headers, body } = await client.request({
    method: request.method,
    path: request.path,
    headers: request.headers,
    body: request.body ?? null,
    reset: !reuse,
    signal,
  });
  return { status: statusCode, headers, body: await body.text() };
}
