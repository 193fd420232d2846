import { expect } from 'chai';
import type { PutRow, Schedule } from '../../src/contracts/probe.ts';
import type { Row } from '../../src/engine/batch-builder.ts';
import { startPaced } from '../../src/engine/paced.ts';

const MS = 1e6;
const targets = [{ name: 't', intervalNs: 20 * MS, timeoutNs: 100 * MS, offsetNs: 0 }];

/** A probe that wakes itself, woken by the test. */
function paced(suspendedSince: (since: number) => number = () => 0) {
  const rows: Row[] = [];
  const given: { schedule?: Schedule; put?: PutRow } = {};
  const pace = startPaced(
    {
      targets,
      measurer: {
        type: 'paced',
        engine: 'a test',
        start: (schedule, put) => {
          Object.assign(given, { schedule, put });
          return () => Promise.resolve();
        },
        close: () => Promise.resolve(),
      },
      now: () => 50 * MS,
      suspendedSince,
      record: (row) => rows.push(row),
      emit: () => undefined,
    },
    0,
  );
  const take = (at: number) => {
    given.schedule?.take(at, () => undefined);
  };
  const end = (seq: number, outcome: 'ok' | 'lost') => {
    const due = seq * 20 * MS;
    const reason = outcome === 'ok' ? 'none' : 'timeout';
    given.put?.(0, seq, due, due, outcome === 'ok' ? MS : Number.NaN, outcome, reason, 0, null);
  };
  return { rows, pace, take, end };
}

describe('a probe that wakes itself', () => {
  it('is clear of what was due before a phase once each of those has its row', async () => {
    const { pace, take, end } = paced();
    let clear = false;
    for (const at of [0, 20, 40, 60]) take(at * MS);
    const cleared = pace.clear(50 * MS).then(() => {
      clear = true;
    });
    end(0, 'ok');
    end(2, 'ok');
    await new Promise(setImmediate);
    expect(clear).to.equal(false);
    end(1, 'lost');
    await cleared;
  });

  it('does not lose what was in flight when the machine was suspended', () => {
    const { rows, take, end } = paced((since) => (since < 30 * MS ? 600e9 : 0));
    for (const at of [0, 20, 40]) take(at * MS);
    end(0, 'ok');
    end(1, 'lost');
    end(2, 'lost');
    expect(rows.map(({ outcome, reason }) => `${outcome} ${reason}`)).to.deep.equal([
      'ok none',
      'unsent stalled',
      'lost timeout',
    ]);
  });
});
