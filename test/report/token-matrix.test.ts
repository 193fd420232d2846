import { expect } from 'chai';
import type { ReplicaAnalysis, TokenPair } from '../../src/model/analysis.ts';
import { tokenMatrix } from '../../src/report/token-matrix.ts';
import { ANCHOR } from './fixture.ts';

const replicas: readonly ReplicaAnalysis[] = ['k1', 'k2'].map((name) => ({
  kind: 'Endpoint',
  name,
  uid: null,
  ok: 1,
  unsuccessful: 0,
  down: [],
  latency: null,
}));

function pair(issuedBy: string, validatedBy: string, over: Partial<TokenPair> = {}): TokenPair {
  const none = { firstRefused: null, lastRefused: null, reason: null };
  return {
    issuedBy,
    validatedBy,
    before: false,
    ok: 3,
    refused: 0,
    unanswered: 0,
    ...none,
    ...over,
  };
}

describe('token matrix', () => {
  it('is null where nothing was asked directly', () => {
    expect(tokenMatrix({ replicas: [], tokenPairs: [] }, ANCHOR)).to.equal(null);
  });

  it('has a row for each issuer, tokens from before the upgrade first, and a column for each validator', () => {
    const tokenPairs = [
      pair('k2', 'k1', { refused: 1, reason: 'auth', firstRefused: 21e9 }),
      pair('k1', 'k1'),
      pair('k1', 'k2', { ok: 0, unanswered: 2 }),
      pair('k1', 'k2', { before: true, unanswered: 1 }),
    ];
    const matrix = tokenMatrix({ replicas, tokenPairs }, ANCHOR);
    expect(matrix?.validators).to.deep.equal(['k1', 'k2']);
    expect(
      matrix?.rows.map(({ issuedBy, before, cells }) => [
        `${issuedBy}${before ? ' before' : ''}`,
        ...cells.map(({ text, state }) => `${text} [${state}]`),
      ]),
    ).to.deep.equal([
      ['k1 before', '– [unknown]', '3 ok, 1 unanswered [ok]'],
      ['k1', '3 ok [ok]', '0 ok, 2 unanswered [unanswered]'],
      ['k2', '1 of 4 refused (auth) from 03:15:07 [refused]', '– [unknown]'],
    ]);
  });
});
