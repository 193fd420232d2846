import type { Operator } from './objective.ts';

/** A value as far as it is known: somewhere from low to high. */
export type Range = { readonly low: number; readonly high: number };

export type Answer = 'holds' | 'violated' | 'unresolved';

/** `{ low: 680, high: 720 } <= 700` → unresolved; `<= 720` → holds; `<= 600` → violated. */
export function compare({ low, high }: Range, operator: Operator, limit: number): Answer {
  switch (operator) {
    case '==':
      if (low === limit && high === limit) return 'holds';
      return limit < low || limit > high ? 'violated' : 'unresolved';
    case '!=':
      return inverse(compare({ low, high }, '==', limit));
    case '<':
      return high < limit ? 'holds' : low >= limit ? 'violated' : 'unresolved';
    case '<=':
      return high <= limit ? 'holds' : low > limit ? 'violated' : 'unresolved';
    case '>':
    case '>=':
      return inverse(compare({ low, high }, operator === '>' ? '<=' : '<', limit));
  }
}

/** Decimals of a percentage that are told apart. */
const SCALE = 1e9;

/** `part` of `whole` against a percentage, exactly: 57 of 10,000 is == 0.57 %, which doubles would deny. */
export function comparePercent(
  { part, whole }: { readonly part: number; readonly whole: number },
  operator: Operator,
  percent: number,
): Answer {
  const seen = BigInt(part) * 100n * BigInt(SCALE);
  const limit = BigInt(Math.round(percent * SCALE)) * BigInt(whole);
  const sign = seen < limit ? -1 : seen > limit ? 1 : 0;
  return compare({ low: sign, high: sign }, operator, 0);
}

function inverse(answer: Answer): Answer {
  if (answer === 'unresolved') return answer;
  return answer === 'holds' ? 'violated' : 'holds';
}
