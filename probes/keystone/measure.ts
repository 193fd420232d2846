import type { AttemptResult, OpenProbe } from '../../src/contracts/probe.ts';
import { redactor } from '../../src/platform/log.ts';
import type { Account } from './account.ts';
import type { Token } from './answer.ts';
import type { KeystoneConfig, Operation } from './config.ts';
import { openConnections } from './connections.ts';
import { firstLogin } from './first-login.ts';
import { heldToken, isUsable } from './held-token.ts';
import { loadAccount } from './load-account.ts';
import { keystoneService } from './service.ts';

/** Logs in once; throws `probe-config` or `keystone-login-failed`. */
export const open: OpenProbe<KeystoneConfig> = async (config, context) => {
  const account = await loadAccount(config, context.env);
  const { now } = context;
  const reuse = config.connection === 'reused';
  const connections = openConnections(account, { reuse, now });
  const redact = redactor(secretsOf(account));
  const timeoutNs = config.timeout;
  const service = keystoneService(account, { connections, reuse, timeoutNs, now, redact });
  const first = await firstLogin(account, service).catch((error: unknown) => {
    connections.close();
    throw error;
  });

  const note = (what: string, detail: Readonly<Record<string, number>>) => {
    const empty = { end: null, target: null, subject: null, serverTime: null };
    context.emit({ kind: 'probe', at: now(), what, detail, ...empty });
  };
  note('logged-in', { tokenLifetimeMs: first.lifetimeNs / 1e6 });
  const held = heldToken(first, {
    issue: service.issue,
    now,
    timeoutNs,
    onRenewed: () => {
      note('token-renewed', {});
    },
  });
  const act: Readonly<Record<Operation, () => Promise<AttemptResult>>> = {
    issue: async () => {
      const { result, token } = await service.issue();
      if (token !== null) held.adopt(token);
      return result;
    },
    validate: async () => {
      const token = await held.current();
      return 'outcome' in token ? token : await service.validate(token);
    },
    'validate-old': async () =>
      isUsable(first, now(), timeoutNs) ? await service.validate(first) : outlived(first),
  };
  return {
    type: 'attempts',
    engine: `undici, ${reuse ? 'connections reused' : 'a new connection for each request'}`,
    attempt: async (target) => {
      const operation = config.operations[target];
      if (operation === undefined) throw new Error(`no operation ${String(target)}`);
      return await act[operation]();
    },
    close: () => {
      connections.close();
      return Promise.resolve();
    },
  };
};

/** Another token would be another question, and an expired one proves nothing: the attempt is not made. */
function outlived({ lifetimeNs }: Token): AttemptResult {
  const life = `${String(Math.round(lifetimeNs / 1e9))} s`;
  const detail = `the token issued before the run has come to its end (it lives ${life}): nothing is left to validate`;
  return { outcome: 'unsent', reason: 'send-error', sent: null, latency: null, detail };
}

function secretsOf({ login }: Account): readonly string[] {
  return [login.method === 'password' ? login.password : login.secret];
}
