import { expect } from 'chai';
import { createSuspects } from '../../src/analysis/suspects.ts';
import { eventOf } from '../model/run-text.ts';

function around(transitions: readonly string[], start: number, end: number) {
  const suspects = createSuspects();
  for (const at of transitions) {
    suspects.event(eventOf({ at, kind: 'pod', what: 'terminating', name: at }));
  }
  return suspects.around({ start: start * 1e9, end: end * 1e9 }).map(({ name }) => name);
}

describe('suspects', () => {
  it('come nearest in time first, those inside by their distance from the start', () => {
    const seen = around(['39s', '45s', '41s', '50500ms', '35s'], 40, 50);
    expect(seen).to.deep.equal(['41s', '45s', '50500ms', '39s', '35s']);
  });

  it('are from 30 s before to 1 s after', () => {
    expect(around(['9s', '10s', '51s', '52s'], 40, 50)).to.deep.equal(['51s', '10s']);
  });

  it('are not pods that were found ready at the first look; one that was going away then is', () => {
    const suspects = createSuspects();
    for (const what of ['added', 'scheduled', 'running', 'ready', 'terminating']) {
      const event = eventOf({ at: '1s', kind: 'pod', what, name: 'old' });
      suspects.event({ ...event, detail: { atStart: true } });
    }
    const seen = suspects.around({ start: 2e9, end: 2e9 });
    expect(seen.map(({ what }) => what)).to.deep.equal(['terminating']);
  });

  it('are replicas, too, for as long as they do not answer', () => {
    const suspects = createSuspects();
    const spans = [
      { start: 10e9, end: 60e9, checks: 50, reason: 'stalled' as const },
      { start: 200e9, end: 201e9, checks: 2, reason: 'refused' as const },
    ];
    suspects.replica({ kind: 'Endpoint', name: 'k2', down: spans });
    const at = (second: number) =>
      suspects
        .around({ start: second * 1e9, end: second * 1e9 })
        .map(({ name, what, at: since }) => `${name} ${what} ${String(since / 1e9)}`);
    expect(at(55)).to.deep.equal(['k2 stalled 10']);
    expect(at(89)).to.deep.equal(['k2 stalled 10']);
    expect(at(100)).to.deep.equal([]);
    expect(at(199)).to.deep.equal(['k2 refused 200']);
  });

  it('are at most ten', () => {
    const many = Array.from({ length: 30 }, (_, index) => `${String(20 + index)}s`);
    expect(around(many, 49, 49))
      .to.have.length(10)
      .and.include('49s');
  });

  it('carry what they were doing, and both clocks', () => {
    const suspects = createSuspects();
    const event = eventOf({ at: '1s', kind: 'node', what: 'not-ready', name: 'n1' });
    suspects.event({ ...event, serverTime: '2026-11-23T00:00:00Z' });
    expect(suspects.around({ start: 2e9, end: 2e9 })).to.deep.equal([
      { kind: 'Node', name: 'n1', what: 'not-ready', at: 1e9, serverTime: '2026-11-23T00:00:00Z' },
    ]);
  });
});
