import type { z } from 'zod';
import type { ProbeEnvironment } from '../../../src/contracts/probe.ts';
import { CodedError } from '../../../src/errors/coded-error.ts';
import { findOpenStackFile } from '../../../src/platform/openstack-files.ts';
import { loadTls } from '../http/tls-options.ts';
import { type Account, identityOf, type RawAuth } from './account.ts';
import type { AuthSource, explicitAuth } from './auth-config.ts';
import { type Cloud, interfaceOf, readCloud } from './clouds.ts';

type Env = ProbeEnvironment['env'];

/** Preflight: what is wrong with the credentials and certificates this probe was given. Sends nothing. */
export async function loadProblems(
  config: AuthSource,
  { env }: ProbeEnvironment,
): Promise<readonly CodedError[]> {
  try {
    await loadAccount(config, env);
    return [];
  } catch (error) {
    if (error instanceof CodedError) return [error];
    throw error;
  }
}

/** Credentials from the scenario's `auth`, its `cloud`, OS_CLOUD or OS_*, in this order. Throws `probe-config`. */
export async function loadAccount(config: AuthSource, env: Env): Promise<Account> {
  const cloud = await sourceOf(config, env);
  const known = identityOf(cloud.raw);
  if (!known.ok) throw incomplete(cloud.source, known.problem);
  if ((config.cert === undefined) !== (config.key === undefined)) {
    const hint = 'give both, or leave both to clouds.yaml or OS_CERT and OS_KEY';
    throw new CodedError('probe-config', 'a client certificate needs `cert` and `key`', hint);
  }
  const tls = await loadTls({
    ca: config.ca ?? cloud.cacert,
    cert: config.cert ?? cloud.cert,
    key: config.key ?? cloud.key,
    insecure: config.insecure ?? cloud.insecure,
  });
  const catalog = { region: cloud.region, interface: cloud.interface };
  return { ...known.identity, tls, catalog, source: cloud.source };
}

async function sourceOf(config: AuthSource, env: Env): Promise<Cloud> {
  const ofEnvironment = environmentCloud(env);
  if (config.auth !== undefined) {
    return { ...ofEnvironment, raw: rawAuth(config.auth), source: "the scenario's auth" };
  }
  const name = config.cloud ?? env['OS_CLOUD'];
  if (name === undefined || name === '') return ofEnvironment;
  return readCloud(
    name,
    await findOpenStackFile('clouds', env),
    await findOpenStackFile('secure', env),
  );
}

/** `OS_AUTH_URL` → `auth_url` and so on. */
function environmentCloud(env: Env): Cloud {
  const raw: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(env)) {
    if (name.startsWith('OS_')) raw[name.slice(3).toLowerCase()] = value;
  }
  const file = (key: 'cacert' | 'cert' | 'key') => (raw[key] === '' ? null : (raw[key] ?? null));
  return {
    raw,
    cacert: file('cacert'),
    cert: file('cert'),
    key: file('key'),
    insecure: /^(1|true|yes|on)$/i.test(raw['insecure'] ?? ''),
    region: raw['region_name'] === '' ? null : (raw['region_name'] ?? null),
    interface: interfaceOf(raw['interface'] ?? raw['endpoint_type']),
    source: 'the OS_* variables',
  };
}

/** `{ url, userDomainName }` → `{ auth_url, user_domain_name }`. */
function rawAuth({ url, ...rest }: z.output<typeof explicitAuth>): RawAuth {
  const snake = (key: string) => key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const renamed = Object.entries(rest).map(([key, value]) => [snake(key), value] as const);
  const record: RawAuth = Object.fromEntries(renamed);
  return { ...record, auth_url: url };
}

function incomplete(source: string, problem: string): CodedError {
  return new CodedError(
    'probe-config',
    `${source}: ${problem}`,
    'give the probe `cloud: NAME` of a clouds.yaml, `auth: { url, username, password, … }`, or set OS_AUTH_URL and the other OS_* variables',
  );
}
