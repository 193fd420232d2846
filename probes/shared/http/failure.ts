import { messageOf } from '../../../src/errors/coded-error.ts';
import type { Outcome, Reason } from '../../../src/model/sample.ts';

export type Failure = {
  readonly outcome: Exclude<Outcome, 'ok'>;
  readonly reason: Reason;
  readonly detail: string;
};

const REASON_OF: Readonly<Record<string, Reason>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'reset',
  ECONNABORTED: 'reset',
  EPIPE: 'reset',
  UND_ERR_SOCKET: 'closed',
  EHOSTUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ENETUNREACH: 'unreachable',
  ENOTFOUND: 'dns',
  EPROTO: 'tls',
  UND_ERR_HEADERS_OVERFLOW: 'protocol',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'content',
  UND_ERR_RES_EXCEEDED_MAX_SIZE: 'content',
};

/** errno values that say this machine could not send. */
const LOCAL = new Set([
  'EMFILE',
  'ENFILE',
  'EADDRNOTAVAIL',
  'EADDRINUSE',
  'ENOBUFS',
  'ENOMEM',
  'EPERM',
  'EACCES',
  'EAFNOSUPPORT',
  'ENETDOWN',
  // of undici: the request was not accepted for sending
  'UND_ERR_INVALID_ARG',
  'UND_ERR_NOT_SUPPORTED',
  'UND_ERR_DESTROYED',
  'UND_ERR_CLOSED',
  // of getaddrinfo(3): out of memory, or an error of this system
  'EAI_MEMORY',
  'EAI_SYSTEM',
]);

/**
 * What a request that threw says about the service. A local errno means nothing was sent: `unsent`. ENETUNREACH and
 * EHOSTUNREACH come from connect(2) itself when this machine has no route, and from a router's ICMP otherwise; node
 * tells the two apart only by the ` - Local (address:0)` that it adds to the first.
 */
export function failureOf(error: unknown): Failure {
  const code = codeOf(error);
  const detail = messageOf(error);
  if (LOCAL.has(code) || (/^E(NET|HOST)UNREACH$/.test(code) && detail.includes(' - Local ('))) {
    return { outcome: 'unsent', reason: 'send-error', detail };
  }
  if (code === 'ETIMEDOUT') return { outcome: 'lost', reason: 'timeout', detail };
  return { outcome: 'failed', reason: reasonOf(code), detail };
}

/** The connection ended without an answer, by the other side's doing. */
export function isClosure(error: unknown): boolean {
  const { reason } = failureOf(error);
  return reason === 'closed' || reason === 'reset';
}

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : '';
}

function reasonOf(code: string): Reason {
  const known = REASON_OF[code];
  if (known !== undefined) return known;
  if (code.startsWith('EAI_')) return 'dns';
  if (code.startsWith('HPE_')) return 'protocol';
  if (
    /^(ERR_SSL_|ERR_TLS_|ERR_OSSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_|CRL_|INVALID_CA|PATH_LENGTH|INVALID_PURPOSE)/.test(
      code,
    )
  ) {
    return 'tls';
  }
  return 'protocol';
}
