import type { AttemptResult } from '../../../src/contracts/probe.ts';
import { attemptResult, type Judged } from '../http/attempt-result.ts';
import { type ExchangeOptions, exchange } from '../http/exchange.ts';
import type { Answer, Request } from '../http/message.ts';
import type { Account } from './account.ts';
import { judgeCatalog, judgeIssue, judgeValidate, judgeVersion, type Token } from './answer.ts';
import { authBody } from './auth-body.ts';
import type { Catalog } from './catalog.ts';

/** An attempt, and what was read out of the answer if it went well. */
export type Asked<T> = {
  readonly result: AttemptResult;
  readonly value: T | null;
  /** The server was closing the idle connection it was first sent on. */
  readonly closedIdle: boolean;
  /** What was thrown, for the hint of a first login that failed. */
  readonly error: unknown;
};

/** One request each, over the connection it is given. Nothing is retried. */
export type KeystoneService = {
  readonly issue: (over: ExchangeOptions) => Promise<Asked<Token>>;
  readonly validate: (over: ExchangeOptions, token: Token) => Promise<Asked<unknown>>;
  readonly catalog: (over: ExchangeOptions, token: Token) => Promise<Asked<Catalog>>;
  /** The API version, `v3.14`. */
  readonly version: (over: ExchangeOptions) => Promise<Asked<string>>;
};

export function keystoneService(
  account: Account,
  redact: (text: string) => string,
): KeystoneService {
  const base = account.url.pathname;
  const common = { accept: 'application/json', 'user-agent': 'rollproof' };
  const body = authBody(account);
  const ask = async <T>(
    over: ExchangeOptions,
    request: Request,
    judge: (answer: Answer, sent: number) => Judged<{ readonly value: T }>,
    hide: (text: string) => string = redact,
  ): Promise<Asked<T>> => {
    const done = await exchange(request, over);
    let value: T | null = null;
    const result = attemptResult(
      done,
      (answer) => {
        const judged = judge(answer, done.sent);
        if (judged.ok) ({ value } = judged);
        return judged;
      },
      hide,
    );
    const error = done.kind === 'error' ? done.error : null;
    return { result, value, closedIdle: done.closedIdle, error };
  };
  const hiding = (token: Token) => (text: string) => redact(text).replaceAll(token.value, '***');
  return {
    issue: (over) =>
      ask(
        over,
        {
          method: 'POST',
          path: `${base}/auth/tokens`,
          headers: { ...common, 'content-type': 'application/json' },
          body,
        },
        judgeIssue,
      ),
    validate: (over, token) =>
      ask(
        over,
        {
          method: 'GET',
          path: `${base}/auth/tokens`,
          headers: { ...common, 'x-auth-token': token.value, 'x-subject-token': token.value },
        },
        (answer) => judgeValidate(answer, token),
        hiding(token),
      ),
    catalog: (over, token) =>
      ask(
        over,
        {
          method: 'GET',
          path: `${base}/auth/catalog`,
          headers: { ...common, 'x-auth-token': token.value },
        },
        judgeCatalog,
        hiding(token),
      ),
    version: (over) => ask(over, { method: 'GET', path: base, headers: common }, judgeVersion),
  };
}
