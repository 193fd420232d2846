import type { TokenClaims } from './token.ts';

const DEFAULT_DOMAIN = { id: 'default', name: 'Default' };

/** The body of an issued or validated token. */
export function tokenBody(claims: TokenClaims, publicUrl: string) {
  return {
    token: {
      methods: ['password'],
      user: { domain: DEFAULT_DOMAIN, id: 'admin', name: claims.user, password_expires_at: null },
      audit_ids: [claims.id.slice(0, 22)],
      expires_at: microseconds(claims.expiresAt),
      issued_at: microseconds(claims.issuedAt),
      ...scopeOf(claims),
      ...(claims.scope === 'unscoped'
        ? {}
        : { roles: [{ id: 'admin', name: 'admin' }], catalog: catalog(publicUrl) }),
    },
  };
}

function scopeOf({ scope }: TokenClaims) {
  switch (scope) {
    case 'project':
      return { project: { domain: DEFAULT_DOMAIN, id: 'admin', name: 'admin' }, is_domain: false };
    case 'domain':
      return { domain: DEFAULT_DOMAIN };
    case 'system':
      return { system: { all: true } };
    case 'unscoped':
      return {};
  }
}

function catalog(publicUrl: string) {
  const endpoint = { interface: 'public', region: 'RegionOne', region_id: 'RegionOne' };
  return [
    {
      id: 'identity',
      type: 'identity',
      name: 'keystone',
      endpoints: [{ ...endpoint, id: 'identity-public', url: `${publicUrl}/v3` }],
    },
  ];
}

/** `2026-11-23T03:00:00.000000Z`, as Keystone writes times. */
function microseconds(wallMs: number): string {
  return `${new Date(wallMs).toISOString().slice(0, -1)}000Z`;
}
