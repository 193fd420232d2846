import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { keystoneConfig } from '../../../../probes/keystone/config.ts';
import { loadAccount, loadProblems } from '../../../../probes/shared/identity/load-account.ts';

describe('keystone credentials', () => {
  let home: string;
  let env: Record<string, string>;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'rollproof-clouds-'));
    mkdirSync(join(home, '.config', 'openstack'), { recursive: true });
    env = { HOME: home };
  });
  afterEach(() => {
    rmSync(home, { recursive: true });
  });
  const user = (name: string) => join(home, '.config', 'openstack', name);
  const clouds = (host: string, more = '') =>
    `clouds:\n  prod:\n    auth: { auth_url: "http://${host}", username: u, project_name: 12${more} }\n`;
  const load = (config: object) => loadAccount(keystoneConfig.parse(config), env);
  const problem = async (config: object) => {
    const [found] = await loadProblems(keystoneConfig.parse(config), { env });
    if (found === undefined) throw new Error('no problem was found');
    expect(found.code).to.equal('probe-config');
    return `${found.message} (${String(found.hint)})`;
  };

  it('come from clouds.yaml of the user, with secure.yaml laid over it', async () => {
    writeFileSync(user('clouds.yaml'), clouds('user'));
    writeFileSync(user('secure.yaml'), 'clouds: { prod: { auth: { password: pw } } }');
    const account = await load({ cloud: 'prod' });
    expect(account.url.host).to.equal('user');
    expect(account.login).to.include({ method: 'password', password: 'pw' });
    expect(account.scope).to.deep.equal({
      kind: 'project',
      project: { name: '12', domain: { id: 'default' } },
    });
    expect(account.source).to.equal(`cloud prod of ${user('clouds.yaml')}`);
  });

  it('come from OS_CLIENT_CONFIG_FILE before that', async () => {
    writeFileSync(user('clouds.yaml'), clouds('user', ', password: a'));
    env['OS_CLIENT_CONFIG_FILE'] = join(home, 'other.yaml');
    writeFileSync(env['OS_CLIENT_CONFIG_FILE'], clouds('named', ', password: b'));
    expect((await load({ cloud: 'prod' })).url.host).to.equal('named');
  });

  it('come from the cloud of OS_CLOUD when the scenario names none, before the other OS_*', async () => {
    writeFileSync(user('clouds.yaml'), clouds('user', ', password: a'));
    env = {
      ...env,
      OS_CLOUD: 'prod',
      OS_AUTH_URL: 'http://env',
      OS_USERNAME: 'x',
      OS_PASSWORD: 'y',
    };
    expect((await load({})).url.host).to.equal('user');
  });

  it('come from OS_* when there is nothing else', async () => {
    env = {
      ...env,
      OS_AUTH_URL: 'http://env:5000/v3',
      OS_USERNAME: 'x',
      OS_PASSWORD: 'y',
      OS_USER_DOMAIN_NAME: 'people',
      OS_SYSTEM_SCOPE: 'all',
      OS_INSECURE: 'true',
    };
    const account = await load({});
    expect(account.url.href).to.equal('http://env:5000/v3');
    expect(account.login).to.deep.equal({
      method: 'password',
      user: { name: 'x', domain: { name: 'people' } },
      password: 'y',
    });
    expect(account.scope).to.deep.equal({ kind: 'system' });
    expect(account.tls.insecure).to.equal(true);
  });

  it('bring region and interface of the catalog with them', async () => {
    const file = clouds('user', ', password: a');
    writeFileSync(user('clouds.yaml'), `${file}    region_name: two\n    interface: internal\n`);
    env = { ...env, OS_REGION_NAME: 'one', OS_ENDPOINT_TYPE: 'publicURL' };
    const { catalog } = await load({ cloud: 'prod' });
    expect(catalog).to.deep.equal({ region: 'two', interface: 'internal' });
    const auth = { url: 'http://here', username: 'u', password: 'p' };
    expect((await load({ auth })).catalog).to.deep.equal({ region: 'one', interface: 'public' });
  });

  it('come from the scenario alone when it writes them out: no OS_* user or scope slips in', async () => {
    env = { ...env, OS_USERNAME: 'x', OS_PROJECT_NAME: 'p', OS_USER_DOMAIN_ID: 'd' };
    const account = await load({ auth: { url: 'http://here', username: 'u', password: 'p' } });
    expect(account.scope).to.deep.equal({ kind: 'none' });
    expect(account.login).to.deep.include({ user: { name: 'u', domain: { id: 'default' } } });
  });

  it('do not take cloud and auth at once', () => {
    const both = { cloud: 'prod', auth: { url: 'http://x' } };
    expect(keystoneConfig.safeParse(both).error?.issues[0]?.message).to.include('not both');
  });

  it('are reported missing with where was looked', async () => {
    expect(await problem({ cloud: 'prod' })).to.include(user('clouds.yaml'));
    expect(await problem({})).to.include('the OS_* variables: no auth_url');
  });

  it('are reported by the names that the file has', async () => {
    writeFileSync(user('clouds.yaml'), clouds('user'));
    expect(await problem({ cloud: 'porod' })).to.match(/has no cloud porod \(it has: prod\)/);
  });

  for (const [what, text, said] of [
    ['is no YAML', 'clouds: {prod: {auth: {password: s3cr3t-x', /not YAML/],
    [
      'has a password that reads as an alias',
      'clouds: {prod: {auth: {password: *s3cr3t-x }}}',
      /an alias leads nowhere/,
    ],
    [
      'has a password that reads as a tag',
      'clouds: {prod: {auth: {password: !s3cr3t-x }}}',
      /line 1, column \d+: TAG_RESOLVE_FAILED/,
    ],
    ['has no clouds', '- 1', /no mapping of clouds/],
    ['has a malformed cloud', 'clouds: {prod: {auth: s3cr3t-x}}', /malformed at auth/],
    ['lacks a password', clouds('user'), /no password/],
    [
      'has a foreign auth_type',
      'clouds: {prod: {auth_type: v3oidcpassword}}',
      /auth_type v3oidcpassword/,
    ],
  ] as const) {
    it(`are reported when the file ${what}, without what stands in it`, async () => {
      writeFileSync(user('clouds.yaml'), text);
      const said_ = await problem({ cloud: 'prod' });
      expect(said_).to.match(said);
      expect(said_).not.to.include('s3cr3t');
    });
  }

  it('are reported when the CA file is missing or is none', async () => {
    const auth = { url: 'https://x', username: 'u', password: 'p' };
    expect(await problem({ auth, ca: join(home, 'ca.pem') })).to.include('does not exist');
    writeFileSync(join(home, 'ca.pem'), 'not a certificate');
    expect(await problem({ auth, ca: join(home, 'ca.pem') })).to.include('must be in PEM format');
    writeFileSync(
      join(home, 'ca.pem'),
      '-----BEGIN CERTIFICATE-----\nxxxx\n-----END CERTIFICATE-----\n',
    );
    expect(await problem({ auth, ca: join(home, 'ca.pem') })).to.include('must be in PEM format');
    expect(await problem({ auth, ca: home })).to.include('cannot be read');
  });
});
