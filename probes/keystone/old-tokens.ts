import type { AttemptResult } from '../../src/contracts/probe.ts';
import type { DurationNs, RunNs } from '../../src/model/time.ts';
import type { Token } from '../shared/identity/answer.ts';
import { isUsable } from '../shared/identity/held-token.ts';
import type { Asked } from '../shared/identity/service.ts';

/** Tokens issued before the upgrade began, for `validate-old`. */
export type OldTokens = {
  /** A token that was issued; kept unless the upgrade has begun. */
  readonly adopt: (token: Token) => void;
  /** The upgrade has begun: what is kept now is what is validated to the end. */
  readonly freeze: () => void;
  /** The next one, in turn. Null when each has come to its end. */
  readonly next: (now: RunNs, timeoutNs: DurationNs) => Token | null;
};

/** Enough that several replicas have issued one, few enough that each is looked at often. */
const KEPT = 8;

/** The latest `KEPT` tokens issued before the upgrade: the younger they are when it begins, the longer they can be validated. */
export function oldTokens(first: Token): OldTokens {
  let kept: Token[] = [first];
  let frozen = false;
  let turn = 0;
  return {
    adopt: (token) => {
      if (!frozen) kept = [...kept, token].slice(-KEPT);
    },
    freeze: () => {
      frozen = true;
    },
    next: (now, timeoutNs) => {
      for (let tried = 0; tried < kept.length; tried++) {
        const token = kept[turn++ % kept.length];
        if (token !== undefined && isUsable(token, now, timeoutNs)) return token;
      }
      return null;
    },
  };
}

/**
 * Tokens beside the first, where no operation issues any before the upgrade: one at a time, as many as are kept. Keystone that gives fewer is measured all the same.
 */
export async function moreTokens(issue: () => Promise<Asked<Token>>): Promise<readonly Token[]> {
  const tokens: Token[] = [];
  while (tokens.length < KEPT - 1) {
    const { value } = await issue();
    if (value === null) break;
    tokens.push(value);
  }
  return tokens;
}

/** Another token would be another question, and an expired one proves nothing: the attempt is not made. */
export function outlived({ lifetimeNs }: Token): AttemptResult {
  const life = `${String(Math.round(lifetimeNs / 1e9))} s`;
  const detail = `the tokens issued before the upgrade have come to their end (they live ${life}): nothing is left to validate`;
  return { outcome: 'unsent', reason: 'no-token', sent: null, latency: null, detail };
}
