import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

/** What a token says: enough to answer a validation without a database. Times are ms since the epoch. */
export type TokenClaims = {
  readonly id: string;
  readonly user: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly scope: TokenScope;
};

export type TokenScope = 'project' | 'domain' | 'system' | 'unscoped';

const CLAIMS = z.object({
  id: z.string(),
  user: z.string(),
  issuedAt: z.number(),
  expiresAt: z.number(),
  scope: z.enum(['project', 'domain', 'system', 'unscoped']),
});

/** A signed token, as Fernet tokens are: any replica with the key can validate it. */
export function sealToken(claims: Omit<TokenClaims, 'id'>, key: string): string {
  const body = Buffer.from(JSON.stringify({ ...claims, id: randomUUID() })).toString('base64url');
  return `gAAAAA${body}.${signature(body, key)}`;
}

/** Null when it was not sealed with this key, or has expired. */
export function openToken(token: string, key: string, nowMs: number): TokenClaims | null {
  const [, body = '', signed = ''] = /^gAAAAA([\w-]+)\.([\w-]+)$/.exec(token) ?? [];
  const expected = Buffer.from(signature(body, key));
  const actual = Buffer.from(signed);
  if (expected.length !== actual.length || !timingSafeEqual(expected, actual)) return null;
  // The signature vouches that we wrote it.
  const claims = CLAIMS.parse(JSON.parse(Buffer.from(body, 'base64url').toString()));
  return claims.expiresAt > nowMs ? claims : null;
}

function signature(body: string, key: string): string {
  return createHmac('sha256', key).update(body).digest('base64url');
}
