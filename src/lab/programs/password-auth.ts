import { z } from 'zod';
import type { TokenScope } from './token.ts';

const BODY = z.object({
  auth: z.object({
    identity: z.object({
      methods: z.array(z.string()),
      password: z.object({
        user: z.looseObject({
          name: z.string().optional(),
          id: z.string().optional(),
          password: z.string(),
        }),
      }),
    }),
    scope: z
      .union([
        z.object({ project: z.unknown() }).transform(() => 'project' as const),
        z.object({ domain: z.unknown() }).transform(() => 'domain' as const),
        z.object({ system: z.unknown() }).transform(() => 'system' as const),
        z.literal('unscoped'),
      ])
      .default('unscoped'),
  }),
});

/** Who asks for which scope in a password authentication; the lab has one user, `admin`. */
export function passwordScope(
  body: string,
  password: string,
): { readonly user: string; readonly scope: TokenScope } | 'malformed' | 'refused' {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return 'malformed';
  }
  const parsed = BODY.safeParse(json);
  if (!parsed.success) return 'malformed';
  const { identity, scope } = parsed.data.auth;
  const { user } = identity.password;
  const known = user.name === 'admin' || user.id === 'admin';
  return known && user.password === password ? { user: 'admin', scope } : 'refused';
}
