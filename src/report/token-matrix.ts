import type { ProbeAnalysis, TokenPair } from '../model/analysis.ts';
import type { RunAnchor } from '../model/time.ts';
import { clockTime, count } from './figures.ts';

/** Which replica's tokens were valid at which: a row for each that issued any, a column for each that was asked. */
export type TokenMatrix = {
  readonly validators: readonly string[];
  readonly rows: readonly {
    readonly issuedBy: string;
    /** Tokens issued before the upgrade began. */
    readonly before: boolean;
    readonly cells: readonly TokenCell[];
  }[];
};

export type TokenCell = {
  /** `12 ok`, `3 of 15 refused (auth) from 03:15:07`, `12 ok, 2 unanswered`; `–` for a pair that was never asked. */
  readonly text: string;
  readonly state: 'ok' | 'refused' | 'unanswered' | 'unknown';
};

/** Null where no replica was asked directly. First the tokens from before the upgrade, then those issued since. */
export function tokenMatrix(
  { tokenPairs, replicas }: Pick<ProbeAnalysis, 'tokenPairs' | 'replicas'>,
  anchor: RunAnchor,
): TokenMatrix | null {
  if (tokenPairs.length === 0) return null;
  const order = [...new Set(replicas.map(({ name }) => name))];
  const byOrder = (a: string, b: string) => order.indexOf(a) - order.indexOf(b);
  const validators = [...new Set(tokenPairs.map(({ validatedBy }) => validatedBy))].sort(byOrder);
  const rows = [true, false].flatMap((before) => {
    const own = tokenPairs.filter((pair) => pair.before === before);
    const issuers = [...new Set(own.map(({ issuedBy }) => issuedBy))].sort(byOrder);
    return issuers.map((issuedBy) => ({
      issuedBy,
      before,
      cells: validators.map((validator) =>
        cellOf(
          own.find((pair) => pair.issuedBy === issuedBy && pair.validatedBy === validator),
          anchor,
        ),
      ),
    }));
  });
  return { validators, rows };
}

function cellOf(pair: TokenPair | undefined, anchor: RunAnchor): TokenCell {
  if (pair === undefined) return { text: '–', state: 'unknown' };
  const { ok, refused, unanswered, reason, firstRefused } = pair;
  const silent = unanswered === 0 ? '' : `, ${count(unanswered)} unanswered`;
  if (refused > 0) {
    const of = `${count(refused)} of ${count(ok + refused)} refused`;
    const since =
      firstRefused === null ? '' : ` from ${clockTime(anchor, firstRefused).slice(0, 8)}`;
    return { text: `${of} (${reason ?? ''})${since}${silent}`, state: 'refused' };
  }
  return { text: `${count(ok)} ok${silent}`, state: ok === 0 ? 'unanswered' : 'ok' };
}
