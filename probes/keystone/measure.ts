import type { AttemptResult, OpenProbe, ProbeContext } from '../../src/contracts/probe.ts';
import { redactor } from '../../src/platform/log.ts';
import type { ConnectionClass } from '../shared/http/connections.ts';
import { openLine } from '../shared/http/line.ts';
import { probeNote } from '../shared/http/probe-note.ts';
import { rehearse } from '../shared/http/rehearsal.ts';
import { createRoundTrip, type RoundTrip } from '../shared/http/round-trip.ts';
import { type Account, secretsOf } from '../shared/identity/account.ts';
import type { Token } from '../shared/identity/answer.ts';
import { firstLogin } from '../shared/identity/first-login.ts';
import { heldToken } from '../shared/identity/held-token.ts';
import { loadAccount } from '../shared/identity/load-account.ts';
import { keystoneService } from '../shared/identity/service.ts';
import { apiVersions } from './api-versions.ts';
import { dutiesOf, type KeystoneConfig, type Operation } from './config.ts';
import { hammered } from './identity-endpoint.ts';
import { moreTokens, oldTokens, outlived } from './old-tokens.ts';
import { renewedFirst } from './renewed-first.ts';
import { listedReplicas } from './replicas/replica.ts';
import { type ReplicaChecks, replicaChecks } from './replicas/replica-checks.ts';
import { serviceReplicas } from './replicas/service-replicas.ts';

/** Logs in once; throws `probe-config` or `keystone-login-failed`. */
export const open: OpenProbe<KeystoneConfig> = async (config, context) => {
  const account = await loadAccount(config, context.env);
  const { now } = context;
  const timeoutNs = config.timeout;
  await rehearse(now);
  const redact = redactor(secretsOf(account));
  const line = (
    { url, tls }: Account,
    target: { readonly name: string; readonly class: ConnectionClass },
    roundTrip?: RoundTrip,
  ) => openLine({ origin: url.origin, tls }, { ...target, timeoutNs }, context, roundTrip);
  /** For what no target asks: the first login and renewals. */
  const own = line(account, { name: 'login', class: 'new' });
  const login = keystoneService(account, redact);
  const opened = async () => {
    const token = await firstLogin(account, login, own.over);
    const asked = { account, service: login, over: own.over, token };
    const server = await hammered(config, asked);
    const names = dutiesOf(config).map(({ operation }) => operation);
    const enough = !names.includes('validate-old') || names.includes('issue');
    const more = enough ? [] : await moreTokens(() => login.issue(own.over));
    const found = await openReplicas(config, server, context);
    return { first: token, more, server, replicas: found };
  };
  const { first, more, server, replicas } = await opened().catch((error: unknown) => {
    own.close();
    throw error;
  });
  const service = keystoneService(server, redact);
  const roundTrip = createRoundTrip();
  const duties = dutiesOf(config).map((duty) => ({ ...duty, line: line(server, duty, roundTrip) }));

  const note = probeNote(context);
  note('logged-in', { tokenLifetimeMs: first.lifetimeNs / 1e6 });
  if (server !== account) note('endpoint', { url: server.url.href });
  const old = oldTokens(first);
  for (const token of more) old.adopt(token);
  const held = heldToken(first, {
    issue: () => login.issue(own.over),
    now,
    timeoutNs,
    onRenewed: (token) => {
      old.adopt(token);
      note('token-renewed', {});
    },
  });
  const sawVersion = apiVersions(now, (change) => {
    note('api-version', change);
  });

  type Over = (typeof own)['over'];
  type Done = { readonly result: AttemptResult; readonly closedIdle: boolean };
  const withToken = (over: Over, ask: (token: Token, over: Over) => Promise<Done>) => {
    const token = held.current();
    return token === null ? renewedFirst(held, over, ask) : ask(token, over);
  };
  const act: Readonly<Record<Operation, (over: Over) => Promise<Done>>> = {
    issue: async (over) => {
      const asked = await service.issue(over);
      if (asked.value !== null) {
        held.adopt(asked.value);
        old.adopt(asked.value);
      }
      return asked;
    },
    validate: (over) => withToken(over, (token, within) => service.validate(within, token)),
    'validate-old': async (over) => {
      const token = old.next(now(), timeoutNs);
      return token === null ? notSent(outlived(first)) : await service.validate(over, token);
    },
    catalog: (over) => withToken(over, (token, within) => service.catalog(within, token)),
    version: async (over) => {
      const asked = await service.version(over);
      if (asked.value !== null) sawVersion(asked.value);
      return asked;
    },
  };
  return {
    type: 'attempts',
    engine: `undici, connections ${config.connections.join(' and ')}`,
    phase: (phase) => {
      replicas?.start();
      if (phase === 'baseline') return;
      old.freeze();
      replicas?.upgrade();
    },
    attempt: async (target) => {
      const duty = duties[target];
      if (duty === undefined) throw new Error(`no target ${String(target)}`);
      const { result, closedIdle } = await act[duty.operation](duty.line.over);
      if (closedIdle) duty.line.closedIdle();
      return result;
    },
    close: async () => {
      await replicas?.close();
      for (const each of [own, ...duties.map((duty) => duty.line)]) each.close();
    },
  };
};

async function openReplicas(
  { endpoints, endpointsEvery: everyNs, timeout: timeoutNs }: KeystoneConfig,
  account: Account,
  context: ProbeContext,
): Promise<ReplicaChecks | null> {
  if (endpoints === undefined) return null;
  const source =
    'service' in endpoints
      ? await serviceReplicas(endpoints, account, context)
      : listedReplicas(endpoints);
  return replicaChecks(source, { account, everyNs, timeoutNs, context });
}

function notSent(result: AttemptResult) {
  return { result, closedIdle: false };
}
