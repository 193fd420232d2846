import type { Timings } from '../../../src/model/sample.ts';
import type { DurationNs, RunNs } from '../../../src/model/time.ts';

/** What the events of a socket tell of the connection that it becomes; a TLS socket has all of them. */
export type SetUpSocket = {
  readonly once: (event: 'lookup' | 'connect' | 'secureConnect', then: () => void) => unknown;
};

/** How long the stages of setting up a connection took, so far. */
export type SetUp = Pick<Timings, 'dns' | 'connect' | 'tls'> & {
  /** When it stood; null until then. */
  readonly at: RunNs | null;
};

export const NOT_SET_UP: SetUp = { dns: null, connect: null, tls: null, at: null };

/**
 * Times a connection that has just begun to be made. There is no `lookup` for an address that is no name, and no `secureConnect` without TLS.
 * The returned function says what is known by now.
 */
export function timeSetUp(
  socket: SetUpSocket,
  {
    secure,
    now,
    onConnected,
  }: {
    readonly secure: boolean;
    readonly now: () => RunNs;
    /** TCP stands: since when it was tried, and how long that took. */
    readonly onConnected: (began: RunNs, took: DurationNs) => void;
  },
): () => SetUp {
  let known = NOT_SET_UP;
  let began = now();
  /** The length of the stage that ends now; the next one begins. */
  const lap = (): DurationNs => {
    const before = began;
    began = now();
    return began - before;
  };
  socket.once('lookup', () => {
    known = { ...known, dns: lap() };
  });
  socket.once('connect', () => {
    const since = began;
    const connect = lap();
    known = { ...known, connect };
    onConnected(since, connect);
    if (!secure) known = { ...known, at: began };
  });
  if (secure) {
    socket.once('secureConnect', () => {
      known = { ...known, tls: lap(), at: began };
    });
  }
  return () => known;
}
