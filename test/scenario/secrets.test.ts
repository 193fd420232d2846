// biome-ignore-all lint/suspicious/noTemplateCurlyInString: a scenario spells its variables this way
import { expect } from 'chai';
import { parse } from 'yaml';
import { load, loaded } from './kinds.ts';

const head = 'version: 1\nname: x\n';
const text = `${head}probes:
  k:
    login:
      auth: { user: "\${USER_NAME}", password: "\${OS_PASSWORD}" }
      labels: { url: "http://u:\${API_TOKEN}@h", DB_SECRET: inline-secret }
  l:
    login:
      auth: { id: app, key: written-here }
`;
const env = { USER_NAME: 'admin', OS_PASSWORD: 'hunter22', API_TOKEN: 'tok' };

describe('secrets of a scenario', () => {
  it('reach the config, and are listed', () => {
    const { probes, secrets } = loaded(text, { env });
    expect(probes[0]?.config).to.deep.include({ auth: { user: 'admin', password: 'hunter22' } });
    expect([...secrets].sort()).to.deep.equal(['hunter22', 'inline-secret', 'tok', 'written-here']);
  });

  it('are *** in the resolved scenario, wherever they stand', () => {
    const { resolvedYaml } = loaded(text, { env });
    expect(resolvedYaml).not.to.match(/hunter22|tok\b|written-here|inline-secret/);
    const resolved = parse(resolvedYaml) as { probes: Record<string, { login: unknown }> };
    expect(resolved.probes['k']?.login).to.deep.equal({
      auth: { user: 'admin', password: '***' },
      labels: { url: 'http://u:***@h', DB_SECRET: '***' },
    });
  });

  it('are not what only has a name like one in the schema', () => {
    const named = text.replace('key: written-here', 'key: written-here, tokenName: shown');
    const { resolvedYaml, secrets } = loaded(named, { env });
    expect(resolvedYaml).to.contain('tokenName: shown');
    expect(secrets).not.to.include('shown');
  });

  it('are removed where the same text stands elsewhere', () => {
    const { resolvedYaml } = loaded(`${text}  m: { ping: { hosts: [x-written-here-y] } }\n`, {
      env,
    });
    expect(resolvedYaml).to.contain('x-***-y');
  });

  it('do not appear in problems', () => {
    const bad = `${text}baseline: "\${OS_PASSWORD}"\nsettle: written-here\n`;
    const result = load(bad, { env });
    expect(result.ok).to.equal(false);
    expect(JSON.stringify(result)).not.to.match(/hunter22|written-here/);
    expect(JSON.stringify(result)).to.contain('***');
    const set = load(text, { env, set: ['probes.k.login.auth.pasword=short'] });
    expect(JSON.stringify(set)).to.contain('pasword');
    expect(JSON.stringify(set)).not.to.contain('short');
  });
});
