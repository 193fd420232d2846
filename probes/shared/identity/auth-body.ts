import type { Json } from '../../../src/model/event.ts';
import type { Identity, Login, Named, Scope } from './account.ts';

/** The body of POST /v3/auth/tokens: https://docs.openstack.org/api-ref/identity/v3/#password-authentication-with-scoped-authorization */
export function authBody({ login, scope }: Pick<Identity, 'login' | 'scope'>): string {
  const scoped = scopeJson(scope);
  const auth =
    scoped === null
      ? { identity: identityJson(login) }
      : { identity: identityJson(login), scope: scoped };
  return JSON.stringify({ auth });
}

function identityJson(login: Login): Json {
  switch (login.method) {
    case 'password':
      return {
        methods: ['password'],
        password: { user: { ...namedJson(login.user), password: login.password } },
      };
    case 'application_credential': {
      const { credential, secret } = login;
      const which =
        'id' in credential
          ? { id: credential.id }
          : { name: credential.name, user: namedJson(credential.user) };
      return { methods: ['application_credential'], application_credential: { ...which, secret } };
    }
  }
}

function scopeJson(scope: Scope): Json {
  switch (scope.kind) {
    case 'none':
      return null;
    case 'project':
      return { project: namedJson(scope.project) };
    case 'domain':
      return { domain: { ...scope.domain } };
    case 'system':
      return { system: { all: true } };
  }
}

function namedJson(named: Named): { readonly [key: string]: Json } {
  return 'id' in named ? { id: named.id } : { name: named.name, domain: { ...named.domain } };
}
