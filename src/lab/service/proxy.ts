import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { after } from '../../platform/timers.ts';
import type { Store } from '../api/store.ts';
import { belongsTo } from '../controllers/endpoints.ts';
import type { EndpointSlice, Service } from '../objects.ts';

export type Backend = { readonly host: string; readonly port: number };

export type ServiceProxy = {
  /** On 127.0.0.1. */
  readonly port: number;
  /** How many backends it has now. */
  readonly backends: () => number;
  readonly close: () => Promise<void>;
};

/**
 * A Service as a TCP proxy. It follows the EndpointSlices with a delay, as kube-proxy does; takes ready endpoints in
 * turn; an established connection stays with its backend whatever becomes of the endpoint. When a backend refuses, the
 * client's connection is reset: the nearest a proxy comes to the refusal that a packet filter would pass on.
 */
export async function proxyService(
  store: Store,
  service: Service,
  options: { readonly delayMs: number; readonly host: string; readonly port: number },
): Promise<ServiceProxy> {
  const sockets = new Set<Socket>();
  const delayed = new Set<() => void>();
  let backends: readonly Backend[] = backendsOf(slicesOf(store, service));
  let turn = 0;

  const stop = store.subscribe(({ resource, object }) => {
    if (
      resource !== 'endpointslices' ||
      !slicesOf(store, service).some(({ metadata }) => metadata.uid === object.metadata.uid)
    )
      return;
    const next = backendsOf(slicesOf(store, service));
    const cancel = after(options.delayMs, () => {
      delayed.delete(cancel);
      backends = next;
    });
    delayed.add(cancel);
  });

  const server = createServer(
    { noDelay: true, allowHalfOpen: true, pauseOnConnect: true },
    (client) => {
      const backend = backends[turn++ % Math.max(1, backends.length)];
      if (backend === undefined) {
        client.resetAndDestroy();
        return;
      }
      const upstream = connect({ ...backend, noDelay: true, allowHalfOpen: true });
      sockets.add(client).add(upstream);
      join(client, upstream);
      join(upstream, client);
      upstream.on('connect', () => {
        client.pipe(upstream);
        upstream.pipe(client);
        client.resume();
      });
      for (const socket of [client, upstream]) {
        socket.on('close', () => sockets.delete(socket));
      }
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: options.host, port: options.port, backlog: 512 }, resolve);
  });
  return {
    // Listening on TCP: the address is never a pipe's.
    port: (server.address() as AddressInfo).port,
    backends: () => backends.length,
    close: async () => {
      stop();
      for (const cancel of delayed) cancel();
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
    },
  };
}

/** What ends one side in error ends the other by a reset, so that nothing half-written looks whole. */
function join(socket: Socket, other: Socket): void {
  socket.on('error', () => {
    other.resetAndDestroy();
  });
}

function slicesOf(store: Store, service: Service): readonly EndpointSlice[] {
  return store.list('endpointslices').filter((slice) => belongsTo(slice, service));
}

/** Ready endpoints; without any, those that still serve while they terminate, as kube-proxy does. */
export function backendsOf(slices: readonly EndpointSlice[]): readonly Backend[] {
  const all = slices.flatMap(({ endpoints, ports }) =>
    endpoints.flatMap(({ addresses, conditions }) =>
      addresses.map((host) => ({ host, port: ports[0]?.port ?? 0, conditions })),
    ),
  );
  const ready = all.filter(({ conditions }) => conditions.ready);
  const usable =
    ready.length > 0
      ? ready
      : all.filter(({ conditions }) => conditions.serving && conditions.terminating);
  return usable.map(({ host, port }) => ({ host, port }));
}
