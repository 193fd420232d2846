import { expect } from 'chai';
import fc from 'fast-check';
import type { PutRow, Schedule } from '../../src/contracts/probe.ts';
import type { Row } from '../../src/engine/batch-builder.ts';
import { startPaced } from '../../src/engine/paced.ts';
import { dueCount } from '../../src/engine/pacer.ts';
import type { RunEvent } from '../../src/model/event.ts';

const MS = 1e6;
const targets = [{ name: 't', intervalNs: 20 * MS, timeoutNs: 100 * MS, offsetNs: 0 }];

function putInto(rows: Row[]): PutRow {
  const orNull = (value: number) => (Number.isNaN(value) ? null : value);
  return (target, seq, due, sent, latency, outcome, reason, flags, detail) => {
    const times = { due, sent: orNull(sent), latency: orNull(latency) };
    rows.push({ target, seq, ...times, outcome, reason, flags, detail, timings: null });
  };
}

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
      put: putInto(rows),
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

  it('is clear at once of a border that is told when all before it have their rows, later ones too', async () => {
    const { pace, take, end } = paced();
    for (const at of [0, 20, 40, 60, 80]) take(at * MS);
    for (const seq of [0, 1, 2, 4]) end(seq, 'ok');
    await pace.clear(60 * MS);
  });

  it('does not lose what was in flight when the machine was suspended', () => {
    const { rows, take, end } = paced((since) => (since < 30 * MS ? 600e9 : 0));
    for (const at of [0, 20, 40]) take(at * MS);
    end(0, 'ok');
    end(1, 'lost');
    end(2, 'lost');
    expect(rows.map(({ outcome, reason }) => `${outcome} ${reason}`)).to.deep.equal([
      'ok none',
      'unsent verifier-stalled',
      'lost timeout',
    ]);
  });
});

/** A probe of two targets that the test turns; what it takes it sends `delay` late and answers at once, or when it is stopped. */
function turned() {
  const planned = [
    { name: 'a', intervalNs: 20 * MS, timeoutNs: 100 * MS, offsetNs: 0 },
    { name: 'b', intervalNs: 7 * MS, timeoutNs: 100 * MS, offsetNs: 3 * MS },
  ];
  const clock = { now: 0 };
  const rows: Row[] = [];
  const blind: Omit<RunEvent, 'probe'>[] = [];
  const held: (() => void)[] = [];
  const given: { schedule?: Schedule; put?: PutRow } = {};
  const turn = (delay: number, hold: boolean) => {
    given.schedule?.take(clock.now, (target, seq, due) => {
      const sent = clock.now + delay;
      const answer = () => given.put?.(target, seq, due, sent, MS, 'ok', 'none', 0, null);
      if (hold) held.push(answer);
      else answer();
    });
  };
  const pace = startPaced(
    {
      targets: planned,
      measurer: {
        type: 'paced',
        engine: 'a test',
        start: (schedule, put) => {
          Object.assign(given, { schedule, put });
          return () => {
            // As a probe's last turn does it.
            turn(0, false);
            for (const answer of held.splice(0)) answer();
            return Promise.resolve();
          };
        },
        close: () => Promise.resolve(),
      },
      now: () => clock.now,
      suspendedSince: () => 0,
      put: putInto(rows),
      emit: (event) => blind.push(event),
    },
    0,
  );
  const next = () => given.schedule?.next();
  return { planned, clock, rows, blind, turn, next, pace };
}

describe('the schedule of a probe that wakes itself', () => {
  it('has one row for every attempt that was due, however late it is turned and wherever it ends', async () => {
    const turns = fc.array(
      fc.record({
        wait: fc.oneof(fc.integer({ min: 0, max: 15 }), fc.integer({ min: 0, max: 500 })),
        delay: fc.constantFrom(0, 1, 9, 30),
        hold: fc.boolean(),
      }),
      { maxLength: 30 },
    );
    await fc.assert(
      fc.asyncProperty(turns, fc.integer({ min: -20, max: 60 }), async (steps, beyond) => {
        const { planned, clock, rows, turn, pace } = turned();
        for (const { wait, delay, hold } of steps) {
          clock.now += wait * MS;
          turn(delay * MS, hold);
        }
        // What is already taken cannot be untaken: the schedule ends now or later.
        const until = clock.now + Math.max(0, beyond) * MS;
        clock.now = until;
        await pace.stop(until);
        for (const [target, plan] of planned.entries()) {
          const seqs = rows.filter((row) => row.target === target).map(({ seq }) => seq);
          expect(seqs.sort((a, b) => a - b)).to.deep.equal(
            Array.from({ length: dueCount(plan, 0, until) }, (_, i) => i),
          );
        }
      }),
    );
  });

  it('gives out nothing that can no longer leave in time: unsent, with a blind span from the first', () => {
    const { clock, rows, blind, turn } = turned();
    clock.now = 65 * MS;
    turn(0, false);
    const late = rows.filter(({ reason }) => reason === 'late');
    // b every 7 ms from 3 ms on may be 10 ms late; a every 20 ms may be 20.
    expect(late.map(({ target, due }) => [target, due / MS]).sort()).to.deep.equal(
      [
        [0, 0],
        [0, 20],
        [0, 40],
        [1, 3],
        [1, 10],
        [1, 17],
        [1, 24],
        [1, 31],
        [1, 38],
        [1, 45],
        [1, 52],
      ].sort(),
    );
    for (const row of late)
      expect(row).to.include({ outcome: 'unsent', sent: null, latency: null });
    expect(blind.map(({ kind, at, end, what }) => ({ kind, at, end, what }))).to.deep.equal([
      { kind: 'blind', at: 0, end: 65 * MS, what: 'late' },
    ]);
    expect(
      rows.filter(({ outcome }) => outcome === 'ok').map(({ due }) => due / MS),
    ).to.have.members([59, 60]);
  });

  it('makes unsent of what was taken in time and left too late, whatever became of it', () => {
    const { clock, rows, turn } = turned();
    clock.now = 0;
    turn(20 * MS, false);
    clock.now = 20 * MS;
    turn(21 * MS, false);
    const a = rows.filter(({ target }) => target === 0);
    expect(a.map(({ outcome, reason }) => `${outcome} ${reason}`)).to.deep.equal([
      'ok none',
      'unsent late',
    ]);
  });

  it('ends at its end: what is due later is never given out', async () => {
    const { clock, rows, next, turn, pace } = turned();
    clock.now = 41 * MS;
    turn(0, false);
    clock.now = 46 * MS;
    await pace.stop(45 * MS);
    expect(next()).to.equal(Number.POSITIVE_INFINITY);
    clock.now = 500 * MS;
    turn(0, false);
    expect(Math.max(...rows.map(({ due }) => due))).to.be.at.most(45 * MS);
  });
});
