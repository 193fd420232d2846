import { expect } from 'chai';
import fc from 'fast-check';
import { createReplicas } from '../../src/analysis/replicas.ts';
import type { ReplicaCheck, RunEvent } from '../../src/model/event.ts';

type Short = readonly [at: number, replica: string, check: Partial<ReplicaCheck>];

function eventOf([at, name, check]: Short): RunEvent {
  const detail: ReplicaCheck = {
    outcome: check.reason === undefined ? 'ok' : 'failed',
    reason: 'none',
    latencyNs: 5,
    ...check,
  };
  return {
    kind: 'replica',
    at,
    end: at + 5,
    probe: 'keystone',
    target: null,
    subject: { kind: 'Endpoint', name, uid: null },
    what: check.issuedBy === undefined ? 'issue' : 'validate',
    serverTime: null,
    detail,
  };
}

function fold(checks: readonly Short[]) {
  const replicas = createReplicas();
  for (const check of checks) replicas.event(eventOf(check));
  return replicas.finish();
}

describe('replicas asked directly', () => {
  it('are down from the first of a row of failed checks to the last', () => {
    const { replicas } = fold([
      [0, 'k1', {}],
      [10, 'k1', { reason: 'refused' }],
      [20, 'k1', { reason: 'timeout', outcome: 'lost' }],
      [30, 'k1', {}],
      [40, 'k1', { reason: 'http-5xx' }],
      [0, 'k2', {}],
    ]);
    expect(replicas.map(({ name, ok, unsuccessful }) => [name, ok, unsuccessful])).to.deep.equal([
      ['k1', 2, 3],
      ['k2', 1, 0],
    ]);
    expect(replicas[0]?.down).to.deep.equal([
      { start: 10, end: 20, checks: 2, reason: 'refused' },
      { start: 40, end: 40, checks: 1, reason: 'http-5xx' },
    ]);
    expect(replicas[0]?.latency).to.include({ count: 2, max: 5 });
  });

  it('tell a token that was refused from a replica that did not answer', () => {
    const { tokenPairs } = fold([
      [0, 'k2', { issuedBy: 'k1' }],
      [10, 'k2', { issuedBy: 'k1', reason: 'auth' }],
      [20, 'k2', { issuedBy: 'k1', reason: 'refused' }],
      [30, 'k2', { issuedBy: 'k1', before: true }],
    ]);
    const none = { firstRefused: null, lastRefused: null, reason: null };
    const pair = { issuedBy: 'k1', validatedBy: 'k2' };
    expect(tokenPairs).to.deep.equal([
      { ...pair, before: true, ok: 1, refused: 0, unanswered: 0, ...none },
      {
        ...pair,
        before: false,
        ok: 1,
        refused: 1,
        unanswered: 1,
        firstRefused: 10,
        lastRefused: 10,
        reason: 'auth',
      },
    ]);
  });

  it('say nothing of what the verifier did not see', () => {
    const { replicas, tokenPairs } = fold([
      [0, 'k1', { outcome: 'unsent', reason: 'verifier-stalled' }],
      [0, 'k1', { outcome: 'unsent', reason: 'verifier-stalled', issuedBy: 'k1' }],
    ]);
    expect({ replicas, tokenPairs }).to.deep.equal({ replicas: [], tokenPairs: [] });
  });

  it('are told apart by their uid: a pod of the same name made anew is another', () => {
    const check = (uid: string, at: number, over: Partial<ReplicaCheck>) => {
      const event = eventOf([at, 'keystone-0', over]);
      return { ...event, subject: { kind: 'Pod', name: 'keystone-0', uid } };
    };
    const fold_ = createReplicas();
    fold_.event(check('b', 20, { issuedBy: 'keystone-0', issuerUid: 'a', reason: 'auth' }));
    fold_.event(check('b', 15, {}));
    fold_.event(check('a', 5, { issuedBy: 'keystone-0', issuerUid: 'a' }));
    const { replicas, tokenPairs } = fold_.finish();
    expect(replicas.map(({ name, uid }) => [name, uid])).to.deep.equal([
      ['keystone-0', 'a'],
      ['keystone-0 (2)', 'b'],
    ]);
    expect(
      tokenPairs.map(({ issuedBy, validatedBy, ok, refused }) => [
        issuedBy,
        validatedBy,
        ok,
        refused,
      ]),
    ).to.deep.equal([
      ['keystone-0', 'keystone-0', 1, 0],
      ['keystone-0', 'keystone-0 (2)', 0, 1],
    ]);
  });

  it('are the same in whatever order their checks end', () => {
    const name = fc.constantFrom('k1', 'k2');
    const check = fc
      .record({
        at: fc.nat(50),
        reason: fc.constantFrom('refused', 'auth', undefined),
        validator: name,
        issuedBy: fc.option(name, { nil: undefined }),
        before: fc.boolean(),
      })
      .map(({ at, validator, ...given }): Short => {
        const said = Object.entries(given).filter(([, value]) => value !== undefined);
        return [at, validator, Object.fromEntries(said)];
      });
    const distinct = fc.uniqueArray(check, {
      selector: ([at, validator]) => `${String(at)} ${validator}`,
    });
    fc.assert(
      fc.property(distinct, (checks) => {
        expect(fold(checks.toReversed())).to.deep.equal(fold(checks));
      }),
    );
  });
});
