import { expect } from 'chai';
import { identityOf, type RawAuth } from '../../../../probes/shared/identity/account.ts';
import { authBody } from '../../../../probes/shared/identity/auth-body.ts';

const url = { auth_url: 'https://keystone.example:5000' };
const admin = { username: 'admin', password: 'pw' };
const user = { name: 'admin', domain: { id: 'default' }, password: 'pw' };
const identity = { methods: ['password'], password: { user } };

function body(raw: RawAuth): unknown {
  const known = identityOf({ ...url, ...raw });
  if (!known.ok) return known.problem;
  return JSON.parse(authBody(known.identity));
}

describe('keystone auth body', () => {
  it('without a scope leaves the choice to Keystone', () => {
    expect(body(admin)).to.deep.equal({ auth: { identity } });
  });

  it('names the domain of a user given by name, and none for an id', () => {
    expect(body({ ...admin, user_domain_name: 'people' })).to.deep.equal({
      auth: {
        identity: {
          methods: ['password'],
          password: { user: { ...user, domain: { name: 'people' } } },
        },
      },
    });
    expect(body({ user_id: 'u-1', password: 'pw', user_domain_name: 'people' })).to.deep.equal({
      auth: {
        identity: { methods: ['password'], password: { user: { id: 'u-1', password: 'pw' } } },
      },
    });
  });

  for (const [what, raw, scope] of [
    [
      'a project by name',
      { project_name: 'ops' },
      { project: { name: 'ops', domain: { id: 'default' } } },
    ],
    [
      'a project in a domain',
      { project_name: 'ops', project_domain_name: 'corp' },
      { project: { name: 'ops', domain: { name: 'corp' } } },
    ],
    ['a project by id', { project_id: 'p-1', project_name: 'x' }, { project: { id: 'p-1' } }],
    [
      'a project by its old name',
      { tenant_name: 'ops' },
      { project: { name: 'ops', domain: { id: 'default' } } },
    ],
    ['a domain by name', { domain_name: 'corp' }, { domain: { name: 'corp' } }],
    ['a domain by id', { domain_id: 'd-1' }, { domain: { id: 'd-1' } }],
    ['the system', { system_scope: 'all' }, { system: { all: true } }],
  ] as const) {
    it(`scopes to ${what}`, () => {
      expect(body({ ...admin, ...raw })).to.deep.equal({ auth: { identity, scope } });
    });
  }

  it('logs in by application credential id, and sends no scope', () => {
    const raw = {
      application_credential_id: 'ac-1',
      application_credential_secret: 's',
      project_name: 'ops',
    };
    expect(body(raw)).to.deep.equal({
      auth: {
        identity: {
          methods: ['application_credential'],
          application_credential: { id: 'ac-1', secret: 's' },
        },
      },
    });
  });

  it('logs in by application credential name and user', () => {
    const raw = {
      application_credential_name: 'ci',
      application_credential_secret: 's',
      username: 'bot',
    };
    expect(body(raw)).to.deep.equal({
      auth: {
        identity: {
          methods: ['application_credential'],
          application_credential: {
            name: 'ci',
            user: { name: 'bot', domain: { id: 'default' } },
            secret: 's',
          },
        },
      },
    });
  });

  for (const [raw, problem] of [
    [{ username: 'admin' }, 'no password'],
    [{ password: 'pw' }, 'no user'],
    [{ application_credential_id: 'ac-1' }, 'has no secret'],
    [{ application_credential_secret: 's' }, 'needs its id'],
    [{ application_credential_secret: 's', application_credential_name: 'ci' }, 'needs its user'],
    [{ ...admin, project_name: 'ops', domain_name: 'corp' }, 'more than one scope'],
    [{ ...admin, system_scope: 'some' }, 'can only be all'],
    [{ ...admin, auth_url: '' }, 'no auth_url'],
    [{ ...admin, auth_url: 'keystone:5000' }, 'not an http or https URL'],
    [{ ...admin, auth_url: 'http://a:b@keystone' }, 'must not carry'],
  ] as const) {
    it(`says what is wrong: ${problem}`, () => {
      expect(body(raw)).to.include(problem);
    });
  }

  for (const [given, used] of [
    ['http://k:5000', 'http://k:5000/v3'],
    ['http://k:5000/', 'http://k:5000/v3'],
    ['http://k/identity/v3/', 'http://k/identity/v3'],
    ['http://k/identity/v2.0', 'http://k/identity/v3'],
  ] as const) {
    it(`takes ${given} for ${used}`, () => {
      const known = identityOf({ ...admin, auth_url: given });
      expect(known.ok && known.identity.url.href).to.equal(used);
    });
  }
});
