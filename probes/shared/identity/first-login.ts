import { CodedError } from '../../../src/errors/coded-error.ts';
import type { ExchangeOptions } from '../http/exchange.ts';
import { codeOf } from '../http/failure.ts';
import type { Account } from './account.ts';
import type { Token } from './answer.ts';
import type { Asked, KeystoneService } from './service.ts';

/** The login without which nothing can be measured. Throws `keystone-login-failed` with a hint for each cause. */
export async function firstLogin(
  account: Account,
  service: KeystoneService,
  over: ExchangeOptions,
): Promise<Token> {
  const issued = await service.issue(over);
  if (issued.value !== null) return issued.value;
  const { reason, detail } = issued.result;
  const url = `${account.url.href}/auth/tokens`;
  throw new CodedError(
    'keystone-login-failed',
    `Keystone gave no token: POST ${url}: ${detail === undefined ? reason : `${reason}: ${detail}`}`,
    hintFor(account, issued),
  );
}

function hintFor(account: Account, { result, error }: Asked<Token>): string {
  const { source, url, login } = account;
  switch (result.reason) {
    case 'auth':
      return login.method === 'password'
        ? `check username, password, user domain and scope in ${source}`
        : `check id, secret and expiry of the application credential in ${source}`;
    case 'refused':
      return `nothing listens on ${url.host}: check the URL in ${source}, and that Keystone runs`;
    case 'dns':
      return `${url.hostname} cannot be resolved from here: check the URL in ${source} and the resolver`;
    case 'tls':
      return tlsHint(codeOf(error), url);
    case 'stalled':
      return `${url.host} took the connection and gave no answer in time: Keystone, its database or the proxy before it hangs; or raise timeout`;
    case 'timeout':
    case 'new-connection-failed':
      return `${url.host} does not answer: check the route and the firewall, or raise timeout`;
    case 'unreachable':
    case 'send-error':
      return `this machine cannot reach ${url.host}: check its addresses and routes`;
    case 'throttled':
      return 'Keystone or a proxy before it limits the rate: wait, or exempt this machine';
    case 'http-5xx':
      return 'Keystone or the proxy before it is in trouble already: mend that before the upgrade';
    case 'http-3xx':
    case 'http-4xx':
    case 'content':
    case 'protocol':
      return `is ${url.href} a Keystone v3 endpoint? Check the URL in ${source}`;
    case 'closed':
    case 'reset':
    case 'none':
    case 'late':
    case 'verifier-stalled':
    case 'overload':
    case 'no-token':
    case 'worker-lost':
    case 'unrecorded':
      return `the connection was cut: check that ${url.host} speaks ${url.protocol.slice(0, -1)} and that Keystone runs`;
  }
}

function tlsHint(code: string, url: URL): string {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `the certificate is not for ${url.hostname}: use the name it was issued for`;
  }
  if (code === 'CERT_HAS_EXPIRED') return "the server's certificate has expired: renew it";
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_')) {
    return `${url.host} does not speak TLS as expected: is it http:// rather than https://?`;
  }
  return 'the certificate is signed by an unknown authority: set ca (or OS_CACERT, cacert) to its PEM file';
}
