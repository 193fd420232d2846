import type { Subject } from '../../../src/model/event.ts';
import type { DurationNs, RunNs } from '../../../src/model/time.ts';
import type { Token } from '../../shared/identity/answer.ts';
import { isUsable } from '../../shared/identity/held-token.ts';
import { replicaKey } from './replica.ts';

type Issuer = Pick<Subject, 'name' | 'uid'>;

/** A token and the replica that issued it. */
export type IssuedToken = {
  readonly token: Token;
  readonly issuedBy: Issuer;
  /** It was issued before the upgrade began. */
  readonly before: boolean;
};

/** The latest token of each replica, and the latest of each from before the upgrade. */
export type IssuedTokens = {
  readonly adopt: (issuer: Issuer, token: Token) => void;
  /** The upgrade has begun: what was issued so far was issued before it. */
  readonly freeze: () => void;
  /** What `validator` is to validate now: of those from before the upgrade and of those since, one each, in turn. */
  readonly nextFor: (
    validator: string,
    now: RunNs,
    timeoutNs: DurationNs,
  ) => readonly IssuedToken[];
};

/** Issuers remembered; in a long run pods come and go. */
const KEPT = 32;

export function issuedTokens(): IssuedTokens {
  const before = new Map<string, IssuedToken>();
  const since = new Map<string, IssuedToken>();
  let frozen = false;
  const turns = new Map<string, number>();
  const next = (
    from: ReadonlyMap<string, IssuedToken>,
    turn: number,
    isAlive: (token: Token) => boolean,
  ): IssuedToken[] => {
    const alive = [...from.values()].filter(({ token }) => isAlive(token));
    const chosen = alive[turn % Math.max(1, alive.length)];
    return chosen === undefined ? [] : [chosen];
  };
  return {
    adopt: (issuedBy, token) => {
      const key = replicaKey(issuedBy);
      const into = frozen ? since : before;
      into.set(key, { token, issuedBy, before: !frozen });
      const [oldest] = into.keys();
      if (into.size > KEPT && oldest !== undefined) into.delete(oldest);
    },
    freeze: () => {
      frozen = true;
    },
    nextFor: (validator, now, timeoutNs) => {
      const turn = turns.get(validator) ?? 0;
      turns.set(validator, turn + 1);
      const isAlive = (token: Token) => isUsable(token, now, timeoutNs);
      return [...next(before, turn, isAlive), ...next(since, turn, isAlive)];
    },
  };
}
