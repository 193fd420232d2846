import { expect } from 'chai';
import type { SampleWriter } from '../../src/contracts/samples.ts';
import type { RunEvent } from '../../src/model/event.ts';
import { fanOut } from '../../src/recorder/fan-out.ts';

function event(what: string): RunEvent {
  const nothing = { end: null, probe: null, target: null, subject: null, serverTime: null };
  return { kind: 'run', at: 0, what, detail: {}, ...nothing };
}

function collector(): SampleWriter & { readonly seen: string[] } {
  const seen: string[] = [];
  return {
    seen,
    samples: () => undefined,
    event: ({ what }) => {
      seen.push(what);
    },
  };
}

describe('fan-out', () => {
  it('gives every writer what came before it was attached, in order, then what comes after', () => {
    const writer = fanOut();
    const [a, b] = [collector(), collector()];
    writer.event(event('first'));
    writer.event(event('second'));
    writer.attach([a, b]);
    writer.event(event('third'));
    expect(a.seen).to.deep.equal(['first', 'second', 'third']);
    expect(b.seen).to.deep.equal(a.seen);
  });
});
