import { expect } from 'chai';
import { issuedTokens } from '../../../../probes/keystone/replicas/issued-tokens.ts';
import { NS_PER_S } from '../../../../src/model/time.ts';

const token = (value: string, expires = 3600 * NS_PER_S) => ({
  value,
  userId: 'u',
  lifetimeNs: 3600 * NS_PER_S,
  expires,
});
const replica = (name: string) => ({ name, uid: null });

describe('tokens by replica', () => {
  it('has every pair come round: a token of each issuer at each validator', () => {
    const tokens = issuedTokens();
    for (const name of ['k1', 'k2', 'k3']) tokens.adopt(replica(name), token(name));
    tokens.freeze();
    for (const name of ['k1', 'k2']) tokens.adopt(replica(name), token(`${name} since`));
    const seen = new Set<string>();
    for (let round = 0; round < 3; round++) {
      for (const { issuedBy, before } of tokens.nextFor('k9', 0, NS_PER_S)) {
        seen.add(`${issuedBy.name} ${before ? 'before' : 'since'}`);
      }
    }
    expect([...seen].sort()).to.deep.equal([
      'k1 before',
      'k1 since',
      'k2 before',
      'k2 since',
      'k3 before',
    ]);
  });

  it('keeps the latest of each, and those from before the upgrade as they are', () => {
    const tokens = issuedTokens();
    tokens.adopt(replica('k1'), token('old'));
    tokens.adopt(replica('k1'), token('young'));
    tokens.freeze();
    tokens.adopt(replica('k1'), token('new'));
    const values = tokens.nextFor('k1', 0, NS_PER_S).map((issued) => issued.token.value);
    expect(values).to.deep.equal(['young', 'new']);
  });

  it('gives out none that has come to its end', () => {
    const tokens = issuedTokens();
    tokens.adopt(replica('k1'), token('a', 10 * NS_PER_S));
    expect(tokens.nextFor('k1', 20 * NS_PER_S, NS_PER_S)).to.deep.equal([]);
  });
});
