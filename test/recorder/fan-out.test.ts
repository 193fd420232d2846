import { expect } from 'chai';
import type { SampleWriter } from '../../src/contracts/samples.ts';
import type { RunEvent } from '../../src/model/event.ts';
import type { SampleBatch } from '../../src/model/sample.ts';
import { batchOf } from '../../src/model/sample-batch.ts';
import { fanOut } from '../../src/recorder/fan-out.ts';
import { sample } from './recorded.ts';

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
  it('lets no secret through, in whatever text it stands', () => {
    const writer = fanOut((text) => text.replaceAll('s3cret', '***'));
    const events: RunEvent[] = [];
    const batches: SampleBatch[] = [];
    const keep = (event_: RunEvent) => events.push(event_);
    writer.attach([{ samples: (batch) => batches.push(batch), event: keep }]);
    writer.event({ ...event('a'), detail: { url: 'http://x?k=s3cret', deep: [{ s: 's3cret' }] } });
    writer.samples(batchOf('api', [{ ...sample({}), detail: 'said s3cret' }, sample({ seq: 1 })]));
    expect(JSON.stringify(events)).to.include('k=***').and.not.include('s3cret');
    expect([...(batches[0]?.details ?? [])]).to.deep.equal([[0, 'said ***']]);
  });

  it('gives every writer what came before it was attached, in order, then what comes after', () => {
    const writer = fanOut((text) => text);
    const [a, b] = [collector(), collector()];
    writer.event(event('first'));
    writer.event(event('second'));
    writer.attach([a, b]);
    writer.event(event('third'));
    expect(a.seen).to.deep.equal(['first', 'second', 'third']);
    expect(b.seen).to.deep.equal(a.seen);
  });
});
