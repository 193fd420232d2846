import type { AttemptResult } from '../../src/contracts/probe.ts';
import type { RunNs } from '../../src/model/time.ts';
import type { Account } from './account.ts';
import { type Judged, judgeIssue, judgeValidate, type Token } from './answer.ts';
import { authBody } from './auth-body.ts';
import { type Answer, type Exchange, type ExchangeOptions, exchange } from './exchange.ts';
import { failureOf } from './failure.ts';

/** An attempt to get a token: how it went, and the token if it went well. */
export type Issued = {
  readonly result: AttemptResult;
  readonly token: Token | null;
  /** What was thrown, for the hint of a first login that failed. */
  readonly error: unknown;
};

export type KeystoneService = {
  readonly issue: () => Promise<Issued>;
  readonly validate: (token: Token) => Promise<AttemptResult>;
};

export function keystoneService(
  account: Account,
  options: ExchangeOptions & { readonly redact: (text: string) => string },
): KeystoneService {
  const path = `${account.url.pathname}/auth/tokens`;
  const common = { accept: 'application/json', 'user-agent': 'rollproof' };
  const body = authBody(account);
  return {
    issue: async () => {
      const done = await exchange(
        { method: 'POST', path, headers: { ...common, 'content-type': 'application/json' }, body },
        options,
      );
      const judged = judgeAnswer(done, (answer) => judgeIssue(answer, done.sent));
      return {
        result: resultOf(done, judged, options.redact),
        token: judged?.ok === true ? judged.token : null,
        error: done.kind === 'error' ? done.error : null,
      };
    },
    validate: async (token) => {
      const tokens = { 'x-auth-token': token.value, 'x-subject-token': token.value };
      const done = await exchange(
        { method: 'GET', path, headers: { ...common, ...tokens } },
        options,
      );
      const judged = judgeAnswer(done, (answer) => judgeValidate(answer, token));
      return resultOf(done, judged, (text) => options.redact(text).replaceAll(token.value, '***'));
    },
  };
}

function judgeAnswer<T>(done: Exchange, judge: (answer: Answer) => Judged<T>): Judged<T> | null {
  return done.kind === 'answer' ? judge(done.answer) : null;
}

function resultOf(
  done: Exchange,
  judged: Judged<unknown> | null,
  redact: (text: string) => string,
): AttemptResult {
  const { sent, note } = done;
  const withDetail = (text: string | null) => {
    const parts = [text, note].filter((part) => part !== null);
    return parts.length === 0 ? {} : { detail: redact(parts.join('; ')) };
  };
  if (done.kind === 'error') {
    const { outcome, reason, detail } = failureOf(done.error);
    const left: RunNs | null = outcome === 'unsent' ? null : sent;
    return { outcome, reason, sent: left, latency: null, ...withDetail(detail) };
  }
  if (done.kind === 'silence' || judged === null) {
    return { outcome: 'lost', reason: 'timeout', sent, latency: null, ...withDetail(null) };
  }
  const latency = done.at - sent;
  if (!judged.ok) {
    return {
      outcome: 'failed',
      reason: judged.reason,
      sent,
      latency,
      ...withDetail(judged.detail),
    };
  }
  const late = done.late ? { late: true } : {};
  return { outcome: 'ok', reason: 'none', sent, latency, ...late, ...withDetail(null) };
}
