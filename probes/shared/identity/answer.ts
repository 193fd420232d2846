import { z } from 'zod';
import type { DurationNs, RunNs } from '../../../src/model/time.ts';
import type { Judged } from '../http/attempt-result.ts';
import { jsonBody } from '../http/json-body.ts';
import type { Answer } from '../http/message.ts';
import { statusReason } from '../http/status-reason.ts';
import { type Catalog, catalogBody } from './catalog.ts';

/** A token and until when it may be used, on this machine's clock. */
export type Token = {
  readonly value: string;
  readonly userId: string;
  readonly lifetimeNs: DurationNs;
  readonly expires: RunNs;
};

const tokenBody = z.object({
  token: z.object({
    expires_at: z.iso.datetime(),
    issued_at: z.iso.datetime(),
    user: z.object({ id: z.string().min(1) }),
  }),
});
const errorBody = z.object({ error: z.object({ message: z.string() }) });

/**
 * POST /v3/auth/tokens → the token. Its lifetime is the difference of two times of the server's clock, counted from when we
 * asked: the clocks of the two machines need not agree.
 */
export function judgeIssue(answer: Answer, sent: RunNs): Judged<{ readonly value: Token }> {
  if (answer.status !== 201) return refusal(answer, 'issue');
  const value = answer.headers['x-subject-token'];
  if (typeof value !== 'string' || value === '') {
    return { ok: false, reason: 'content', detail: 'HTTP 201 without X-Subject-Token' };
  }
  const body = parseToken(answer.body);
  if (!body.ok) return body;
  const { userId, lifetimeNs } = body;
  return { ok: true, value: { value, userId, lifetimeNs, expires: sent + lifetimeNs } };
}

/** GET /v3/auth/tokens → right when it describes a token of the same user. */
export function judgeValidate(answer: Answer, token: Token): Judged<{ readonly value: null }> {
  if (answer.status !== 200) return refusal(answer, 'validate');
  const body = parseToken(answer.body);
  if (!body.ok) return body;
  if (body.userId !== token.userId) {
    return { ok: false, reason: 'content', detail: "the answer is about another user's token" };
  }
  return { ok: true, value: null };
}

/** GET /v3/auth/catalog → the services; right when there are any. */
export function judgeCatalog(answer: Answer): Judged<{ readonly value: Catalog }> {
  if (answer.status !== 200) return refusal(answer, 'catalog');
  const body = catalogBody.safeParse(jsonBody(answer.body));
  return body.success
    ? { ok: true, value: body.data.catalog }
    : { ok: false, reason: 'content', detail: 'the body is not a service catalog' };
}

const versionBody = z.object({ version: z.object({ id: z.string().regex(/^v3(\.|$)/) }) });

/** GET /v3 → the API version: `v3.14`. */
export function judgeVersion(answer: Answer): Judged<{ readonly value: string }> {
  if (answer.status !== 200) return refusal(answer, 'version');
  const body = versionBody.safeParse(jsonBody(answer.body));
  return body.success
    ? { ok: true, value: body.data.version.id }
    : { ok: false, reason: 'content', detail: 'the body does not name a v3 API version' };
}

function parseToken(
  text: string,
): Judged<{ readonly userId: string; readonly lifetimeNs: DurationNs }> {
  const wrong = (detail: string) => ({ ok: false, reason: 'content', detail }) as const;
  const json = jsonBody(text);
  if (json === undefined) return wrong(`the body (${String(text.length)} characters) is not JSON`);
  const body = tokenBody.safeParse(json);
  if (!body.success) {
    const places = body.error.issues.map((issue) => issue.path.join('.') || 'the top').join(', ');
    return wrong(`the body is not a token: wrong at ${places}`);
  }
  const { expires_at: expires, issued_at: issued, user } = body.data.token;
  return {
    ok: true,
    userId: user.id,
    lifetimeNs: (Date.parse(expires) - Date.parse(issued)) * 1e6,
  };
}

/** 401, 403 and, for a token that was valid, 404 mean that Keystone refused what it should have taken. */
function refusal(
  answer: Answer,
  operation: 'issue' | 'validate' | 'catalog' | 'version',
): Judged<never> {
  const { status } = answer;
  const detail = `HTTP ${String(status)}${said(answer)}`;
  return {
    ok: false,
    reason: status === 404 && operation === 'validate' ? 'auth' : statusReason(status),
    detail,
  };
}

/** Keystone's own message and request id, for looking it up in its log. */
function said({ body, headers }: Answer): string {
  const id = headers['x-openstack-request-id'];
  const request = typeof id === 'string' ? ` (${id})` : '';
  const known = errorBody.safeParse(jsonBody(body));
  if (!known.success) return request;
  return `: ${known.data.error.message.replaceAll(/\s+/g, ' ')}${request}`;
}
