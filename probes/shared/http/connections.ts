import { isIP } from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';
import { buildConnector, Client } from 'undici';
import type { DurationNs, RunNs } from '../../../src/model/time.ts';
import { createRoundTrip, type RoundTrip } from './round-trip.ts';
import { NOT_SET_UP, type SetUp, type SetUpSocket, timeSetUp } from './set-up.ts';
import type { TlsOptions } from './tls-options.ts';

/**
 * `new`: a connection for one request, so that each one meets the load balancer. `reused`: kept alive from request to request, as
 * OpenStack's services and SDKs do.
 */
export const CONNECTION_CLASSES = ['new', 'reused'] as const;
export type ConnectionClass = (typeof CONNECTION_CLASSES)[number];

/** A client of exactly one connection. It carries one request at a time, so nothing ever queues inside undici. */
export type Connection = {
  readonly client: Client;
  readonly class: ConnectionClass;
  /** It has carried an answer before: the server may have closed it while it was idle. */
  readonly reused: boolean;
  /** How long setting it up took, as far as that came; of an idle connection that is used again, when it was made. */
  readonly setUp: () => SetUp;
  /** After a whole answer: kept for the next request where connections are reused; a `new` one has been closed by then. */
  readonly release: () => void;
  /** Closes it at once. */
  readonly discard: () => void;
};

export type Connections = {
  /** For one request: of the class `reused` an idle connection that is still open, the one used last first; else a fresh one. */
  readonly take: (kind: ConnectionClass) => Connection;
  /** One to be made. */
  readonly fresh: (kind: ConnectionClass) => Connection;
  /** One round trip as far as it is known, ns. */
  readonly roundTripNs: () => DurationNs;
  readonly close: () => void;
};

export type ConnectionsOptions = {
  readonly now: () => RunNs;
  /** How long this process stood still since then; default: never. */
  readonly stalledSince?: (since: RunNs) => DurationNs;
  /** Of the origin, where others connect to it, too. */
  readonly roundTrip?: RoundTrip;
  /** The server closed a connection that was idle. */
  readonly onClosedIdle?: () => void;
};

/** Kolla's HAProxy closes idle client connections after 10 s: this side lets go first. */
export const KEEP_ALIVE_MS = 8_000;
/** So much before the time that the server names in `Keep-Alive`. undici's own 2 s would keep nothing where a server says 2 s. */
const HINT_MARGIN_MS = 500;
const LARGEST_ANSWER = 4 * 1024 * 1024;

/**
 * Connections to one origin. Neither undici nor Node sends a request twice, fails over or resumes a TLS session on them; where undici notices before it has
 * written anything that an idle connection is closed, it connects anew, and that is told to `onClosedIdle`.
 */
export function openConnections(
  server: {
    readonly origin: string;
    readonly tls: TlsOptions;
    /** The name its certificate is held to, where that is not the origin's; null, or an address: the origin's. */
    readonly servername?: string | null;
  },
  {
    now,
    stalledSince = () => 0,
    roundTrip = createRoundTrip(),
    onClosedIdle = () => undefined,
  }: ConnectionsOptions,
): Connections {
  const secure = server.origin.startsWith('https:');
  // undici's types hide that a connector returns its socket, the only place to see TCP apart from TLS.
  const connectTls: (...args: Parameters<buildConnector.connector>) => unknown = buildConnector({
    ...(secure ? { secureContext: contextOf(server.tls) } : {}),
    ...(server.servername == null || isIP(server.servername) !== 0
      ? {}
      : { servername: server.servername }),
    rejectUnauthorized: !server.tls.insecure,
    // Off: the request's own deadline counts; no second address is tried; every connection shakes hands in full.
    timeout: 0,
    autoSelectFamily: false,
    maxCachedSessions: 0,
  });
  const open = new Set<Client>();
  const idle: Connection[] = [];

  const onConnected = (began: RunNs, took: DurationNs) => {
    if (stalledSince(began) === 0) roundTrip.saw(took);
  };

  const fresh = (kind: ConnectionClass): Connection => {
    let socket: SocketLike | null = null;
    let wasSetUp = false;
    let setUp = () => NOT_SET_UP;
    const client = new Client(server.origin, {
      connect: (target, callback) => {
        const begun = connectTls(target, callback);
        if (!isSocket(begun)) return;
        socket = begun;
        setUp = timeSetUp(begun, { secure, now, onConnected });
      },
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveTimeoutThreshold: HINT_MARGIN_MS,
      headersTimeout: 0,
      bodyTimeout: 0,
      maxResponseSize: LARGEST_ANSWER,
    });
    const discard = () => {
      open.delete(client);
      void client.destroy().catch(() => undefined);
      // undici lets a connection that is being made go on until it is made: on a dead network, for minutes.
      socket?.destroy();
    };
    const release = () => {
      // undici closes it by itself: its only request said so. To destroy the client as well would double what such a request costs.
      if (kind === 'new') open.delete(client);
      else if (open.has(client)) idle.push({ ...connection, reused: true });
      else discard();
    };
    const connection: Connection = {
      client,
      class: kind,
      reused: false,
      setUp: () => setUp(),
      release,
      discard,
    };
    open.add(client);
    client.on('connect', () => {
      // The close was noticed after the connection was chosen and before anything was written to it: undici connects once more.
      if (wasSetUp) onClosedIdle();
      wasSetUp = true;
    });
    // Closed while idle: a client is never left to reconnect by itself.
    client.on('disconnect', (_, __, error) => {
      const at = idle.findIndex((one) => one.client === client);
      if (at === -1) return;
      idle.splice(at, 1);
      if (!isOurDoing(error)) onClosedIdle();
      discard();
    });
    return connection;
  };
  return {
    take: (kind) => (kind === 'new' ? undefined : idle.pop()) ?? fresh(kind),
    fresh,
    roundTripNs: roundTrip.shortestNs,
    close: () => {
      idle.length = 0;
      for (const client of open) {
        open.delete(client);
        void client.destroy().catch(() => undefined);
      }
    },
  };
}

/** Made once for each set of options: to read a bundle of 144 authorities takes 20 ms, in which nothing else could be sent. Every connection shakes hands in full all the same. */
const contexts = new WeakMap<TlsOptions, SecureContext>();

function contextOf(tls: TlsOptions): SecureContext {
  const { ca, cert, key } = tls;
  const context =
    contexts.get(tls) ??
    createSecureContext({
      ...(ca === null ? {} : { ca }),
      ...(cert === null ? {} : { cert }),
      ...(key === null ? {} : { key }),
    });
  contexts.set(tls, context);
  return context;
}

/** undici let go by itself: idle for as long as allowed, or the answer said `Connection: close`. */
function isOurDoing({ code }: { readonly code?: string }): boolean {
  return code === 'UND_ERR_INFO';
}

type SocketLike = SetUpSocket & { readonly destroy: () => unknown };

function isSocket(value: unknown): value is SocketLike {
  return typeof value === 'object' && value !== null && 'once' in value && 'destroy' in value;
}
