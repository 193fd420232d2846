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
    expect(tokenPairs).to.deep.equal([
      {
        issuedBy: 'k1',
        before: false,
        validatedBy: 'k2',
        ok: 1,
        refused: 1,
        unanswered: 1,
        firstRefused: 10,
        lastRefused: 10,
        reason: 'auth',
      },
      {
        issuedBy: 'k1',
        before: true,
        validatedBy: 'k2',
        ok: 1,
        refused: 0,
        unanswered: 0,
        firstRefused: null,
        lastRefused: null,
        reason: null,
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

  it('are the same in whatever order their checks end', () => {
    const reason = fc.constantFrom('refused', 'auth', undefined);
    const check = fc
      .record({ at: fc.nat(50), reason, issuedBy: fc.constantFrom('k1', 'k2', undefined) })
      .map(
        ({ at, ...given }): Short => [
          at,
          'k1',
          Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
        ],
      );
    const distinct = fc.uniqueArray(check, { selector: ([at]) => at });
    const told = (checks: readonly Short[]) => {
      const { replicas, tokenPairs } = fold(checks);
      const name = ({ issuedBy }: { readonly issuedBy: string }) => issuedBy;
      return [replicas, tokenPairs.toSorted((a, b) => name(a).localeCompare(name(b)))];
    };
    fc.assert(
      fc.property(distinct, (checks) => {
        expect(told(checks.toReversed())).to.deep.equal(told(checks));
      }),
    );
  });
});
