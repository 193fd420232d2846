import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { wallMs } from '../../platform/clock.ts';
import { after, every } from '../../platform/timers.ts';
import { passwordScope } from './password-auth.ts';
import { openToken, sealToken, type TokenClaims } from './token.ts';
import { tokenBody } from './token-body.ts';

export type KeystoneOptions = {
  readonly host: string;
  readonly port: number;
  /** `2025.2` */
  readonly release: string;
  readonly tokenKey: string;
  readonly password: string;
  readonly publicUrl: string;
  readonly neverReady: boolean;
};

export type Replica = {
  readonly listen: () => void;
  /** Still answers, and asks every client to leave; calls `then` when all have left, at the latest after `ms`. */
  readonly drain: (ms: number, then: () => void) => void;
};

/** Told to clients as `Keep-Alive: timeout=2`: they drop a connection that was idle for so long before we do. */
const KEEP_ALIVE_MS = 2000;
const TOKEN_LIFE_MS = 3_600_000;

type Answer = {
  readonly code: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
};

/**
 * A subset of Keystone v3: versions, password authentication, validation. node:http and not fastify, which the rest of
 * the lab uses: a replica must be up in a fraction of a second on a machine that is busy being measured.
 */
export function serveKeystone(options: KeystoneOptions): Replica {
  let draining = false;
  const server = createServer(
    { noDelay: true, keepAliveTimeout: KEEP_ALIVE_MS },
    (request, response) => {
      void readBody(request).then((body) => {
        const { code, headers, body: said } = answer(options, request, body, draining);
        send(response, code, said, { ...headers, ...(draining ? { connection: 'close' } : {}) });
      });
    },
  );
  return {
    listen: () => {
      server.listen({ host: options.host, port: options.port, backlog: 512 });
    },
    drain: (ms, then) => {
      draining = true;
      const finish = () => {
        stop();
        cancel();
        // What is in flight is answered; what is idle has had longer than its keep-alive to leave.
        server.close(then);
        server.closeIdleConnections();
      };
      const stop = every(50, () => {
        server.getConnections((error, count) => {
          if (error === null && count === 0) finish();
        });
      });
      const cancel = after(ms, finish);
    },
  };
}

function answer(
  options: KeystoneOptions,
  request: IncomingMessage,
  body: string,
  draining: boolean,
): Answer {
  const route = `${request.method ?? ''} ${(request.url ?? '').replace(/\?.*$/, '').replace(/\/$/, '')}`;
  switch (route) {
    case 'GET /ready': {
      const ready = !draining && !options.neverReady;
      return { code: ready ? 200 : 503, body: { ready } };
    }
    case 'GET ':
      return { code: 300, body: { versions: { values: [version(options)] } } };
    case 'GET /v3':
      return { code: 200, body: { version: version(options) } };
    case 'POST /v3/auth/tokens':
      return issue(options, body);
    case 'GET /v3/auth/tokens':
    case 'HEAD /v3/auth/tokens':
      return validate(options, request);
    default:
      return refusal(404, 'Not Found', 'The resource could not be found.');
  }
}

function issue(options: KeystoneOptions, body: string): Answer {
  const asked = passwordScope(body, options.password);
  if (asked === 'malformed')
    return refusal(400, 'Bad Request', 'Expecting to find auth in request body.');
  if (asked === 'refused') return unauthorized();
  const issuedAt = wallMs();
  const claims = {
    user: asked.user,
    scope: asked.scope,
    issuedAt,
    expiresAt: issuedAt + TOKEN_LIFE_MS,
  };
  const token = sealToken(claims, options.tokenKey);
  return answerWith(201, token, { ...claims, id: '' }, options);
}

function validate(options: KeystoneOptions, request: IncomingMessage): Answer {
  const open = (name: string) =>
    openToken(String(request.headers[name] ?? ''), options.tokenKey, wallMs());
  if (open('x-auth-token') === null) return unauthorized();
  const claims = open('x-subject-token');
  if (claims === null) {
    return refusal(404, 'Not Found', 'This is not a recognized Fernet token.');
  }
  return answerWith(200, String(request.headers['x-subject-token']), claims, options);
}

function answerWith(
  code: number,
  token: string,
  claims: TokenClaims,
  options: KeystoneOptions,
): Answer {
  return {
    code,
    headers: { 'x-subject-token': token },
    body: tokenBody(claims, options.publicUrl),
  };
}

function unauthorized(): Answer {
  return refusal(401, 'Unauthorized', 'The request you have made requires authentication.');
}

function refusal(code: number, title: string, message: string): Answer {
  return { code, body: { error: { code, title, message } } };
}

function version({ publicUrl, release }: KeystoneOptions) {
  return {
    id: 'v3.14',
    status: 'stable',
    updated: '2020-04-07T00:00:00Z',
    links: [{ rel: 'self', href: `${publicUrl}/v3/` }],
    'media-types': [
      { base: 'application/json', type: 'application/vnd.openstack.identity-v3+json' },
    ],
    release,
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: string[] = [];
  request.setEncoding('utf8');
  try {
    for await (const part of request) parts.push(String(part));
  } catch {
    // The client has gone: whatever is answered reaches nobody.
  }
  return parts.join('');
}

function send(
  response: ServerResponse,
  code: number,
  body: unknown,
  headers: Readonly<Record<string, string>>,
): void {
  const text = JSON.stringify(body);
  response.writeHead(code, {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(text)),
    vary: 'X-Auth-Token',
    'x-openstack-request-id': `req-${randomUUID()}`,
    ...headers,
  });
  response.end(text);
}
