import { buildConnector, Client } from 'undici';
import type { RunNs } from '../../src/model/time.ts';
import type { Account } from './account.ts';

/** A client of exactly one connection. It carries one request at a time, so nothing ever queues inside undici. */
export type Connection = {
  readonly client: Client;
  /** It has carried an answer before: the server may have closed it while it was idle. */
  readonly reused: boolean;
  /** After a whole answer: kept for the next request, where connections are reused. */
  readonly release: () => void;
  /** Closes it at once. */
  readonly discard: () => void;
};

export type Connections = {
  /** An idle connection that is still open, the one used last first; else a new one. */
  readonly take: () => Connection;
  readonly fresh: () => Connection;
  /** The shortest time a TCP connect took so far, ns: one round trip. Infinity before the first. */
  readonly roundTripNs: () => number;
  readonly close: () => void;
};

/** Kolla's HAProxy closes idle client connections after 10 s: this side lets go first. */
const KEEP_ALIVE_MS = 8_000;
const LARGEST_ANSWER = 4 * 1024 * 1024;

export function openConnections(
  account: Pick<Account, 'url' | 'tls'>,
  options: { readonly reuse: boolean; readonly now: () => RunNs },
): Connections {
  const { ca, cert, key, insecure } = account.tls;
  const { now } = options;
  // undici's types hide that a connector returns its socket, the only place to see TCP apart from TLS.
  const connectTls: (...args: Parameters<buildConnector.connector>) => unknown = buildConnector({
    ...(ca === null ? {} : { ca }),
    ...(cert === null ? {} : { cert }),
    ...(key === null ? {} : { key }),
    rejectUnauthorized: !insecure,
    // Off: the request's own deadline counts; no second address is tried; every connection shakes hands in full.
    timeout: 0,
    autoSelectFamily: false,
    maxCachedSessions: 0,
  });
  let shortest = Number.POSITIVE_INFINITY;
  const open = new Set<Connection>();
  const idle: Connection[] = [];
  const fresh = () => {
    let socket: SocketLike | null = null;
    const client = new Client(account.url.origin, {
      connect: (target, callback) => {
        const begun = connectTls(target, callback);
        if (!isSocket(begun)) return;
        socket = begun;
        onConnect(begun, now, (took) => {
          shortest = Math.min(shortest, took);
        });
      },
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      headersTimeout: 0,
      bodyTimeout: 0,
      maxResponseSize: LARGEST_ANSWER,
    });
    const discard = () => {
      open.delete(connection);
      void client.destroy().catch(() => undefined);
      // undici lets a connection that is being made go on until it is made: on a dead network, for minutes.
      socket?.destroy();
    };
    const release = () => {
      if (!options.reuse || !open.has(connection)) discard();
      else idle.push({ ...connection, reused: true });
    };
    const connection: Connection = { client, reused: false, release, discard };
    open.add(connection);
    // Closed while idle: a client is never left to reconnect by itself.
    client.on('disconnect', () => {
      const at = idle.findIndex((one) => one.client === client);
      if (at === -1) return;
      idle.splice(at, 1);
      discard();
    });
    return connection;
  };
  return {
    take: () => idle.pop() ?? fresh(),
    fresh,
    roundTripNs: () => shortest,
    close: () => {
      for (const connection of open) connection.discard();
    },
  };
}

type SocketLike = {
  readonly once: (event: 'lookup' | 'connect', then: () => void) => unknown;
  readonly destroy: () => unknown;
};

function isSocket(value: unknown): value is SocketLike {
  return typeof value === 'object' && value !== null && 'once' in value && 'destroy' in value;
}

/** How long TCP took to connect, ns: without looking up the name, and without TLS. */
function onConnect(socket: SocketLike, now: () => RunNs, then: (took: number) => void): void {
  let began = now();
  socket.once('lookup', () => {
    began = now();
  });
  socket.once('connect', () => {
    then(now() - began);
  });
}
