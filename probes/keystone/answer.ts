import { z } from 'zod';
import type { Reason } from '../../src/model/sample.ts';
import type { DurationNs, RunNs } from '../../src/model/time.ts';
import type { Answer } from './exchange.ts';

/** A token and until when it may be used, on this machine's clock. */
export type Token = {
  readonly value: string;
  readonly userId: string;
  readonly lifetimeNs: DurationNs;
  readonly expires: RunNs;
};

export type Judged<T> =
  | ({ readonly ok: true } & T)
  | { readonly ok: false; readonly reason: Reason; readonly detail: string };

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
export function judgeIssue(answer: Answer, sent: RunNs): Judged<{ readonly token: Token }> {
  if (answer.status !== 201) return refusal(answer, 'issue');
  const value = answer.headers['x-subject-token'];
  if (typeof value !== 'string' || value === '') {
    return { ok: false, reason: 'content', detail: 'HTTP 201 without X-Subject-Token' };
  }
  const body = parseToken(answer.body);
  if (!body.ok) return body;
  const { userId, lifetimeNs } = body;
  return { ok: true, token: { value, userId, lifetimeNs, expires: sent + lifetimeNs } };
}

/** GET /v3/auth/tokens → right when it describes a token of the same user. */
export function judgeValidate(answer: Answer, token: Token): Judged<object> {
  if (answer.status !== 200) return refusal(answer, 'validate');
  const body = parseToken(answer.body);
  if (!body.ok) return body;
  if (body.userId !== token.userId) {
    return { ok: false, reason: 'content', detail: "the answer is about another user's token" };
  }
  return { ok: true };
}

function parseToken(
  text: string,
): Judged<{ readonly userId: string; readonly lifetimeNs: DurationNs }> {
  const wrong = (detail: string) => ({ ok: false, reason: 'content', detail }) as const;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return wrong(`the body (${String(text.length)} characters) is not JSON`);
  }
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
function refusal(answer: Answer, operation: 'issue' | 'validate'): Judged<never> {
  const { status } = answer;
  const detail = `HTTP ${String(status)}${said(answer)}`;
  return { ok: false, reason: reasonOf(status, operation), detail };
}

function reasonOf(status: number, operation: 'issue' | 'validate'): Reason {
  if (status === 401 || status === 403) return 'auth';
  if (status === 404 && operation === 'validate') return 'auth';
  if (status === 429) return 'throttled';
  if (status >= 500) return 'http-5xx';
  if (status >= 400) return 'http-4xx';
  return status >= 300 ? 'http-3xx' : 'content';
}

/** Keystone's own message and request id, for looking it up in its log. */
function said({ body, headers }: Answer): string {
  const id = headers['x-openstack-request-id'];
  const request = typeof id === 'string' ? ` (${id})` : '';
  try {
    const { error } = errorBody.parse(JSON.parse(body));
    return `: ${error.message.replaceAll(/\s+/g, ' ').slice(0, 160)}${request}`;
  } catch {
    return request;
  }
}
