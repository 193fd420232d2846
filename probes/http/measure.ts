import type { AttemptResult, OpenProbe, ProbeContext } from '../../src/contracts/probe.ts';
import { formatDuration } from '../../src/model/duration.ts';
import { latenessLimit } from '../../src/model/lateness.ts';
import { redactor } from '../../src/platform/log.ts';
import { attemptResult } from '../shared/http/attempt-result.ts';
import { exchange } from '../shared/http/exchange.ts';
import { openLine } from '../shared/http/line.ts';
import { probeNote } from '../shared/http/probe-note.ts';
import { rehearse } from '../shared/http/rehearsal.ts';
import { createRoundTrip } from '../shared/http/round-trip.ts';
import { loadTls } from '../shared/http/tls-options.ts';
import { secretsOf } from '../shared/identity/account.ts';
import type { Token } from '../shared/identity/answer.ts';
import { firstLogin } from '../shared/identity/first-login.ts';
import { heldToken } from '../shared/identity/held-token.ts';
import { loadAccount } from '../shared/identity/load-account.ts';
import { locateService } from '../shared/identity/locate-service.ts';
import { keystoneService } from '../shared/identity/service.ts';
import type { HttpConfig } from './config.ts';
import { judgeAnswer } from './expectation.ts';
import { secretHeaders } from './secret-headers.ts';

/** Sends nothing to `url` before the run. With a `token` it logs in: throws `probe-config` or `keystone-login-failed`. */
export const open: OpenProbe<HttpConfig> = async (config, context) => {
  const { ca = null, cert = null, key = null, timeout: timeoutNs } = config;
  await rehearse(context.now);
  const own = await loadTls({ ca, cert, key, insecure: config.insecure ?? false });
  const tokens =
    config.token === undefined ? null : await openTokens(config.token, config, context);
  const url = tokens?.found ?? new URL(config.url ?? '');
  const silent = config.ca === undefined && config.insecure === undefined;
  const { ca: tokenCa, insecure } = (silent ? tokens?.trust : null) ?? own;
  const tls = { ...own, ca: tokenCa, insecure };
  const roundTrip = createRoundTrip();
  const lines = config.connections.map((name) =>
    openLine({ origin: url.origin, tls }, { name, class: name, timeoutNs }, context, roundTrip),
  );
  const redact = redactor(secretHeaders(config.headers));
  const common = { accept: '*/*', 'user-agent': 'rollproof', ...lowerCase(config.headers) };
  const path = `${url.pathname}${url.search}`;
  const { method, body } = config;

  const ask = async (target: number, token: Token | null): Promise<AttemptResult> => {
    const line = lines[target];
    if (line === undefined) throw new Error(`no target ${String(target)}`);
    const headers = token === null ? common : { ...common, 'x-auth-token': token.value };
    const request = { method, path, headers, ...(body === undefined ? {} : { body }) };
    const done = await exchange(request, line.over);
    if (done.closedIdle) line.closedIdle();
    return attemptResult(
      done,
      (answer) => judgeAnswer(answer, config.expect),
      (text) => (token === null ? redact(text) : redact(text).replaceAll(token.value, '***')),
    );
  };
  return {
    type: 'attempts',
    engine: `undici, connections ${config.connections.join(' and ')}`,
    attempt: async (target) => {
      if (tokens === null) return await ask(target, null);
      const token = tokens.current();
      if (token !== null) return await ask(target, token);
      const began = context.now();
      const renewed = await tokens.renewed();
      if ('outcome' in renewed) return notAsked(renewed.detail ?? renewed.reason);
      const waitedNs = context.now() - began;
      return waitedNs > latenessLimit(context.targets[target]?.intervalNs ?? 0)
        ? notAsked(
            `the token had expired, and Keystone took ${formatDuration(waitedNs)} for a new one`,
          )
        : await ask(target, renewed);
    },
    close: () => {
      tokens?.close();
      for (const line of lines) line.close();
      return Promise.resolve();
    },
  };
};

/** The token that goes with the requests, issued now and renewed before it expires. */
async function openTokens(
  source: NonNullable<HttpConfig['token']>,
  config: HttpConfig,
  context: ProbeContext,
) {
  const { timeout: timeoutNs } = config;
  const account = await loadAccount(source, context.env);
  const service = keystoneService(account, redactor(secretsOf(account)));
  const server = { origin: account.url.origin, tls: account.tls };
  const line = openLine(server, { name: 'login', class: 'new', timeoutNs }, context);
  const opened = async () => {
    const token = await firstLogin(account, service, line.over);
    if (config.service === undefined) return { first: token, found: null };
    const asked = { account, service, over: line.over, token };
    const base = await locateService(config.service, asked);
    return { first: token, found: under(base, config.service.path) };
  };
  const { first, found } = await opened().catch((error: unknown) => {
    line.close();
    throw error;
  });
  const note = probeNote(context);
  note('logged-in', { tokenLifetimeMs: first.lifetimeNs / 1e6 });
  const held = heldToken(first, {
    issue: () => service.issue(line.over),
    now: context.now,
    timeoutNs,
    onRenewed: () => {
      note('token-renewed', {});
    },
  });
  // Without the query, which may hold a secret.
  if (found !== null) note('endpoint', { url: `${found.origin}${found.pathname}` });
  const { current, renewed } = held;
  return { current, renewed, close: line.close, trust: account.tls, found };
}

/** `https://nova:8774/v2.1/`, `/servers?limit=1` → https://nova:8774/v2.1/servers?limit=1 */
function under(base: URL, path: string): URL {
  return new URL(`${base.origin}${base.pathname.replace(/\/+$/, '')}${path}`);
}

/** Nothing was asked of this service, or could be in time: what Keystone did is not its doing. */
function notAsked(detail: string): AttemptResult {
  return { outcome: 'unsent', reason: 'no-token', sent: null, latency: null, detail };
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
}
