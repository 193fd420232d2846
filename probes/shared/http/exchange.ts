import type { Timings } from '../../../src/model/sample.ts';
import { type DurationNs, NS_PER_MS, NS_PER_S, type RunNs } from '../../../src/model/time.ts';
import { after, nextTurn, pollTurn } from '../../../src/platform/timers.ts';
import type { Connection, ConnectionClass, Connections } from './connections.ts';
import { isClosure } from './failure.ts';
import type { Answer, Request } from './message.ts';
import { NOT_SET_UP } from './set-up.ts';
import { transfer } from './transfer.ts';

/** What came of one request on one connection. `at`: when it was known. */
export type Reply = {
  readonly sent: RunNs;
  readonly at: RunNs;
  /** As far as it came. */
  readonly timings: Timings;
  /** When it was given to the connection; null if it never was. */
  readonly written: RunNs | null;
} & (
  | { readonly kind: 'answer'; readonly answer: Answer; readonly late: boolean }
  /** `established`: the connection stood, and nothing (or not all) came. */
  | { readonly kind: 'silence'; readonly established: boolean }
  | { readonly kind: 'error'; readonly error: unknown }
);

/** What came of one request. */
export type Exchange = Reply & {
  /** The server was closing the idle connection: the request went out again on a new one, and this is what came of that. */
  readonly closedIdle: boolean;
  /**
   * A kept-alive connection failed: what a new one, tried at once, gave. It tells of what kind the failure is; it mends nothing. `instead`: what it was
   * asked in place of a request that changes something.
   */
  readonly fresh: (Reply & { readonly instead: string | null }) | null;
};

export type ExchangeOptions = {
  readonly connections: Connections;
  readonly class: ConnectionClass;
  readonly timeoutNs: DurationNs;
  readonly now: () => RunNs;
};

/** Methods that change nothing (RFC 9110, 9.2.1); in place of another one something harmless is asked for. */
const SAFE = ['GET', 'HEAD', 'OPTIONS'];
const HARMLESS: Request = { method: 'HEAD', path: '/', headers: { 'user-agent': 'rollproof' } };
/** How long a new connection is given to show of what kind a failure was. */
const DIAGNOSIS_NS = NS_PER_S;

/**
 * Sends one request and reads the whole answer, within one deadline. It never retries, with one exception: a kept-alive
 * connection that turns out to be closed within a round trip of our sending. That close was on its way before
 * the request can have arrived, so the server never refused anything; the request then goes out once more on a new connection
 * (RFC 9112, 9.3.1), within the same deadline, and `closedIdle` says so. A close that comes later counts.
 */
export async function exchange(request: Request, options: ExchangeOptions): Promise<Exchange> {
  const { connections, now, timeoutNs } = options;
  // What closed while it was idle is seen closed before a connection is chosen: whoever is woken by a timer has sockets read in the same turn.
  if (options.class === 'reused') await turn();
  const connection = connections.take(options.class);
  const first = await attempt(connection, request, options, now(), timeoutNs);
  if (first.kind === 'answer' || !connection.reused) {
    return { ...first, closedIdle: false, fresh: null };
  }
  const crossed =
    first.kind === 'error' &&
    isClosure(first.error) &&
    (first.written === null || first.at - first.written <= connections.roundTripNs());
  if (crossed) {
    const left = timeoutNs - (first.at - first.sent);
    const anew = connections.fresh(options.class);
    const second = await attempt(anew, request, options, first.sent, left);
    return { ...second, closedIdle: true, fresh: null };
  }
  const patience = Math.min(timeoutNs, DIAGNOSIS_NS);
  const question = SAFE.includes(request.method) ? request : HARMLESS;
  const fresh = await attempt(connections.fresh('new'), question, options, now(), patience);
  const instead = question === request ? null : `${question.method} ${question.path}`;
  return { ...first, closedIdle: false, fresh: { ...fresh, instead } };
}

function turn(): Promise<void> {
  return new Promise(nextTurn);
}

/** Never rejects. */
function attempt(
  connection: Connection,
  request: Request,
  { now, timeoutNs }: ExchangeOptions,
  sent: RunNs,
  leftNs: DurationNs,
): Promise<Reply> {
  return new Promise<Reply>((resolve) => {
    let written: RunNs | null = null;
    let head: RunNs | null = null;
    let over = false;
    const known = () => ({ sent, written, timings: timingsOf(connection, sent, head) });
    const expire = () => {
      if (over) return;
      over = true;
      // A server that stands still lets its kernel accept, and shakes no hands: over TLS, too, it is the connection that stood.
      const established = connection.setUp().connect !== null;
      const reply = { kind: 'silence', established, at: now(), ...known() } as const;
      connection.discard();
      resolve(reply);
    };
    const cancel = after(Math.ceil(leftNs / NS_PER_MS), () => {
      // Timers run before sockets are read: an answer that waits there came in time.
      void pollTurn().then(expire);
    });
    /** Once: what comes of a connection that was given up is nothing any more. */
    const end = (reply: () => Reply) => {
      if (over) return;
      over = true;
      cancel();
      resolve(reply());
    };
    transfer(connection.client, request, connection.class === 'new', {
      onWrite: () => {
        written = now();
      },
      onHead: () => {
        head = now();
      },
      onAnswer: (answer) => {
        const at = now();
        const late = at - sent > timeoutNs;
        end(() => ({ kind: 'answer', answer, at, late, ...known() }));
      },
      onError: (error) => {
        end(() => ({ kind: 'error', error, at: now(), ...known() }));
      },
    });
  }).then((reply) => {
    // Not within undici's handler: the connection must have seen its answer end.
    if (reply.kind === 'answer') connection.release();
    else connection.discard();
    return reply;
  });
}

/** On a connection that stood before (and was not made anew by undici), nothing was set up: the answer's head is waited for from the sending on. */
function timingsOf(connection: Connection, sent: RunNs, head: RunNs | null): Timings {
  const setUp = connection.setUp();
  const stood = connection.reused && setUp.at !== null && setUp.at < sent;
  const { dns, connect, tls, at } = stood ? NOT_SET_UP : setUp;
  const asked = stood ? sent : at;
  return { dns, connect, tls, firstByte: head === null || asked === null ? null : head - asked };
}
