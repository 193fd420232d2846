import type { AttemptResult } from '../../../src/contracts/probe.ts';
import { type DurationNs, NS_PER_S, type RunNs } from '../../../src/model/time.ts';
import type { Token } from './answer.ts';
import type { Asked } from './service.ts';

/** The token that `validate` uses: always the one issued last, never one that may have expired. */
export type HeldToken = {
  readonly adopt: (token: Token) => void;
  /** The token, renewed in the background in the last quarter of its life; null once it may have expired. */
  readonly current: () => Token | null;
  /** For when there is none: a new one, at the latest after the timeout of a request, or how the attempt to get one went wrong. All who wait share one request. */
  readonly renewed: () => Promise<Token | AttemptResult>;
};

/** While the old token still serves, one renewal at most in this time. */
const BETWEEN_RENEWALS_NS = 5 * NS_PER_S;

/** False when a request that leaves now could be answered after the token's end. */
export function isUsable(token: Token, now: RunNs, timeoutNs: DurationNs): boolean {
  return now < token.expires - Math.min(timeoutNs, token.lifetimeNs / 10);
}

function askedAt({ expires, lifetimeNs }: Token): RunNs {
  return expires - lifetimeNs;
}

/** Renewals are only needed where `issue` is not among the operations, or fails. */
export function heldToken(
  first: Token,
  options: {
    readonly issue: () => Promise<Asked<Token>>;
    readonly now: () => RunNs;
    readonly timeoutNs: DurationNs;
    readonly onRenewed: (token: Token) => void;
  },
): HeldToken {
  const { now, timeoutNs } = options;
  let token = first;
  let renewal: Promise<Asked<Token>> | null = null;
  let lastBegan = Number.NEGATIVE_INFINITY;
  const adopt = (next: Token) => {
    // By when they were asked for, not by when they end: an upgrade may shorten the life of tokens.
    if (askedAt(next) >= askedAt(token)) token = next;
  };
  const renew = async (): Promise<Asked<Token>> => {
    lastBegan = now();
    const issued = await options.issue();
    renewal = null;
    if (issued.value !== null) {
      adopt(issued.value);
      options.onRenewed(issued.value);
    }
    return issued;
  };
  return {
    adopt,
    current: () => {
      if (!isUsable(token, now(), timeoutNs)) return null;
      const old = token.expires - now() < token.lifetimeNs / 4;
      if (old && renewal === null && now() - lastBegan >= BETWEEN_RENEWALS_NS) renewal = renew();
      return token;
    },
    renewed: async () => {
      renewal ??= renew();
      const { value: next, result } = await renewal;
      if (next !== null) return next;
      const why = result.detail ?? result.reason;
      return { ...result, detail: `the token expired and Keystone gave no new one: ${why}` };
    },
  };
}
