import { expect } from 'chai';
import type { Token } from '../../../../probes/shared/identity/answer.ts';
import { heldToken } from '../../../../probes/shared/identity/held-token.ts';

const S = 1e9;

function token(value: string, askedS: number, lifeS: number): Token {
  const lifetimeNs = lifeS * S;
  return { value, userId: 'u', lifetimeNs, expires: askedS * S + lifetimeNs };
}

describe('held token', () => {
  const hold = (first: Token) =>
    heldToken(first, {
      issue: () => Promise.reject(new Error('not to be asked')),
      now: () => 0,
      timeoutNs: S,
      onRenewed: () => undefined,
    });

  it('is the one asked for last, whichever answer came last', () => {
    const held = hold(token('first', 0, 3600));
    held.adopt(token('third', 2, 3600));
    held.adopt(token('second', 1, 3600));
    expect(held.current()).to.include({ value: 'third' });
  });

  it('is the one asked for last also when the upgrade has made tokens live shorter', () => {
    const held = hold(token('old', 0, 3600));
    held.adopt(token('new', 10, 600));
    expect(held.current()).to.include({ value: 'new' });
  });
});
