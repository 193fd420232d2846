import type { Judged } from '../shared/http/attempt-result.ts';
import { jsonBody } from '../shared/http/json-body.ts';
import type { Answer } from '../shared/http/message.ts';
import { statusReason } from '../shared/http/status-reason.ts';
import type { HttpConfig } from './config.ts';

/** An answer → right, or why not. Nothing of the body is quoted: it may hold secrets. */
export function judgeAnswer(
  answer: Answer,
  { status, contains, json }: HttpConfig['expect'],
): Judged<object> {
  if (!statusIsRight(answer.status, status)) {
    return {
      ok: false,
      reason: statusReason(answer.status),
      detail: `HTTP ${String(answer.status)}${requestId(answer)}`,
    };
  }
  if (contains !== undefined && !answer.body.includes(contains)) {
    return content(`the body (${size(answer)}) does not contain the text`, answer);
  }
  if (json === undefined) return { ok: true };
  const body = jsonBody(answer.body);
  if (body === undefined) return content(`the body (${size(answer)}) is not JSON`, answer);
  for (const [path, expected] of Object.entries(json)) {
    const found = at(body, path);
    if (found === undefined) return content(`the body has nothing at ${path}`, answer);
    if (found !== expected) return content(`the body has something else at ${path}`, answer);
  }
  return { ok: true };
}

function statusIsRight(status: number, expected: HttpConfig['expect']['status']): boolean {
  if (expected === undefined) return status >= 200 && status < 300;
  return Array.isArray(expected) ? expected.includes(status) : status === expected;
}

/** `{ a: [{ b: 1 }] }`, `a.0.b` → 1; undefined where there is nothing. Own keys only. */
function at(body: unknown, path: string): unknown {
  let here = body;
  for (const key of path.split('.')) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, key)) return undefined;
    here = (here as Readonly<Record<string, unknown>>)[key];
  }
  return here;
}

function content(what: string, answer: Answer): Judged<never> {
  return { ok: false, reason: 'content', detail: `${what}${requestId(answer)}` };
}

function size({ body }: Answer): string {
  return `${String(body.length)} characters`;
}

/** For looking the request up in the service's log. */
function requestId({ headers }: Answer): string {
  const id = headers['x-openstack-request-id'] ?? headers['x-compute-request-id'];
  return typeof id === 'string' ? ` (${id})` : '';
}
