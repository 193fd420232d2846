import type { TlsOptions } from '../http/tls-options.ts';
import type { Interface } from './catalog.ts';

/**
 * Who logs in and with what scope, as one flat record in clouds.yaml's spelling: three sources (a scenario's `auth`,
 * clouds.yaml, OS_*) end in it.
 */
export type RawAuth = Readonly<Record<string, string | undefined>>;

/** A name needs its domain; an id stands alone. */
export type Domain = { readonly id: string } | { readonly name: string };
export type Named = { readonly id: string } | { readonly name: string; readonly domain: Domain };

export type Login =
  | { readonly method: 'password'; readonly user: Named; readonly password: string }
  | {
      readonly method: 'application_credential';
      readonly credential:
        | { readonly id: string }
        | { readonly name: string; readonly user: Named };
      readonly secret: string;
    };

/** `none`: the user's default project, or the scope that an application credential carries. */
export type Scope =
  | { readonly kind: 'none' }
  | { readonly kind: 'project'; readonly project: Named }
  | { readonly kind: 'domain'; readonly domain: Domain }
  | { readonly kind: 'system' };

/** Everything needed to send requests. */
export type Account = {
  /** Base URL, ending in /v3. */
  readonly url: URL;
  readonly login: Login;
  readonly scope: Scope;
  readonly tls: TlsOptions;
  /** Which endpoints of the catalog are meant; null where nobody says. */
  readonly catalog: { readonly region: string | null; readonly interface: Interface | null };
  /** Where it was found, for errors: `cloud prod of /etc/openstack/clouds.yaml`. */
  readonly source: string;
};

export type Identity = Pick<Account, 'url' | 'login' | 'scope'>;

/** Reads who and where out of the record, or says what is wrong with it. */
export function identityOf(
  raw: RawAuth,
):
  | { readonly ok: true; readonly identity: Identity }
  | { readonly ok: false; readonly problem: string } {
  const url = keystoneUrl(raw['auth_url']);
  if (typeof url === 'string') return { ok: false, problem: url };
  const login = loginOf(raw);
  if (typeof login === 'string') return { ok: false, problem: login };
  const scope: Scope | string = login.method === 'password' ? scopeOf(raw) : { kind: 'none' };
  if (typeof scope === 'string') return { ok: false, problem: scope };
  return { ok: true, identity: { url, login, scope } };
}

/** `http://host:5000`, `…/identity/`, `…/v3` → the same ending in /v3; else what is wrong with it. */
export function keystoneUrl(text: string | undefined): URL | string {
  if (text === undefined || text === '') return 'no auth_url';
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    return 'auth_url is not an http or https URL';
  }
  if (url.username !== '' || url.password !== '')
    return 'auth_url must not carry a user or password';
  url.search = '';
  url.hash = '';
  url.pathname = `${url.pathname.replace(/\/+$/, '').replace(/\/v(2\.0|3)$/, '')}/v3`;
  return url;
}

function loginOf(raw: RawAuth): Login | string {
  const secret = given(raw['application_credential_secret']);
  const userDomain = domainOf(raw, 'user_domain') ?? defaultDomain(raw);
  const user = named(raw['user_id'], raw['username'], userDomain);
  if (secret !== null) {
    const id = given(raw['application_credential_id']);
    const name = given(raw['application_credential_name']);
    if (id !== null) return { method: 'application_credential', credential: { id }, secret };
    if (name === null) return 'an application credential needs its id, or its name and user';
    if (user === null) return 'an application credential given by name needs its user';
    return { method: 'application_credential', credential: { name, user }, secret };
  }
  if (given(raw['application_credential_id'] ?? raw['application_credential_name']) !== null) {
    return 'the application credential has no secret';
  }
  const password = given(raw['password']);
  if (user === null)
    return 'no user: give username (or user_id) and password, or an application credential';
  if (password === null) return 'no password';
  return { method: 'password', user, password };
}

function scopeOf(raw: RawAuth): Scope | string {
  const projectDomain = domainOf(raw, 'project_domain') ?? defaultDomain(raw);
  const project = named(
    raw['project_id'] ?? raw['tenant_id'],
    raw['project_name'] ?? raw['tenant_name'],
    projectDomain,
  );
  const domain = domainOf(raw, 'domain');
  const system = given(raw['system_scope']);
  if (system !== null && system !== 'all') return 'system_scope can only be all';
  const scopes: Scope[] = [];
  if (project !== null) scopes.push({ kind: 'project', project });
  if (domain !== null) scopes.push({ kind: 'domain', domain });
  if (system !== null) scopes.push({ kind: 'system' });
  if (scopes.length > 1) return 'more than one scope: give a project, a domain or system_scope';
  return scopes[0] ?? { kind: 'none' };
}

function named(id: string | undefined, name: string | undefined, domain: Domain): Named | null {
  const [knownId, knownName] = [given(id), given(name)];
  if (knownId !== null) return { id: knownId };
  return knownName === null ? null : { name: knownName, domain };
}

function domainOf(
  raw: RawAuth,
  prefix: 'user_domain' | 'project_domain' | 'domain',
): Domain | null {
  const [id, name] = [given(raw[`${prefix}_id`]), given(raw[`${prefix}_name`])];
  if (id !== null) return { id };
  return name === null ? null : { name };
}

/** As in openstacksdk: the domain whose id is `default`, unless default_domain says another. */
function defaultDomain(raw: RawAuth): Domain {
  return { id: given(raw['default_domain']) ?? 'default' };
}

function given(text: string | undefined): string | null {
  return text === undefined || text === '' ? null : text;
}

/** What must never be seen of an account. */
export function secretsOf({ login, tls }: Pick<Account, 'login' | 'tls'>): readonly string[] {
  const secret = login.method === 'password' ? login.password : login.secret;
  return tls.key === null ? [secret] : [secret, tls.key];
}
