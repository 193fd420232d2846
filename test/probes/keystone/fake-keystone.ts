import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { TlsOptions } from 'node:tls';

export type Seen = {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
};

export type FakeKeystone = {
  readonly url: string;
  readonly server: Server;
  readonly seen: Seen[];
  /** Connections accepted so far. */
  readonly accepted: () => number;
  /** Takes the place of the right answer; undefined gives that. Return false from it to give the right answer after all. */
  answer:
    | ((seen: Seen, response: ServerResponse, socket: Socket) => boolean | undefined)
    | undefined;
  lifetimeMs: number;
  /** Of the tokens it issues; undefined numbers them. */
  tokenValue: string | undefined;
  readonly close: () => Promise<void>;
};

export const USER = 'u-1';
export const PASSWORD = 'opensesame-not-to-be-seen';

/** A server that answers token requests as Keystone does, on 127.0.0.1 and a free port. */
export async function fakeKeystone(tls?: TlsOptions): Promise<FakeKeystone> {
  const seen: Seen[] = [];
  const sockets = new Set<Socket>();
  let accepted = 0;
  const listener: RequestListener = (request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += String(chunk);
    });
    request.on('end', () => {
      const one = {
        method: request.method ?? '',
        url: request.url ?? '',
        headers: request.headers,
        body,
      };
      seen.push(one);
      if (fake.answer !== undefined && fake.answer(one, response, request.socket) !== false) return;
      rightAnswer(one, response, fake, seen.length);
    });
  };
  const server: Server =
    tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  server.on('connection', (socket: Socket) => {
    accepted++;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const fake: FakeKeystone = {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${String(port)}`,
    server,
    seen,
    accepted: () => accepted,
    answer: undefined,
    lifetimeMs: 3_600_000,
    tokenValue: undefined,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) =>
        server.close(() => {
          resolve();
        }),
      );
    },
  };
  return fake;
}

function rightAnswer(
  seen: Seen,
  response: ServerResponse,
  { lifetimeMs, tokenValue }: FakeKeystone,
  count: number,
) {
  const issued = new Date();
  const token = {
    methods: ['password'],
    user: { id: USER, name: 'admin', domain: { id: 'default', name: 'Default' } },
    audit_ids: ['a'],
    issued_at: issued.toISOString(),
    expires_at: new Date(issued.getTime() + lifetimeMs).toISOString(),
  };
  const known = seen.headers['x-subject-token'];
  const value =
    seen.method === 'POST' ? (tokenValue ?? `gAAAA-token-${String(count)}`) : String(known);
  response.writeHead(seen.method === 'POST' ? 201 : 200, {
    'content-type': 'application/json',
    'x-subject-token': value,
  });
  response.end(JSON.stringify({ token }));
}
