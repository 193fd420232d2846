import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { type Engine, openEngine } from '../../src/engine/engine.ts';
import { CodedError } from '../../src/errors/coded-error.ts';
import type { RunEvent } from '../../src/model/event.ts';
import type { Sample } from '../../src/model/sample.ts';
import { rowOf } from '../../src/model/sample-batch.ts';
import { dropAnchor, runClock } from '../../src/platform/clock.ts';
import { silentLogger } from '../../src/platform/log.ts';
import type { Script } from './fixtures/scripted-probe.ts';

const MODULE = new URL('./fixtures/scripted-probe.ts', import.meta.url);
const MS = 1e6;

type Isolation = 'thread' | 'process';
type Options = { isolation?: Isolation; intervalMs?: number; timeoutMs?: number; targets?: number };

function probe(name: string, config: Script, options: Options = {}) {
  const { isolation = 'thread', intervalMs = 20, timeoutMs = 500, targets = 1 } = options;
  const planned = [...Array(targets).keys()].map((index) => ({
    name: `target-${String(index)}`,
    intervalNs: intervalMs * MS,
    timeoutNs: timeoutMs * MS,
    offsetNs: index * MS,
  }));
  const watches = config.kind.startsWith('watch');
  return { name, module: MODULE, isolation, config, targets: watches ? [] : planned };
}

/** Everything an engine gives, and the sums that must hold of it. */
function collector() {
  const rows: Sample[] = [];
  const events: RunEvent[] = [];
  const writer = {
    samples: (batch: Parameters<typeof rowOf>[0]) => {
      for (let row = 0; row < batch.count; row++) rows.push(rowOf(batch, row));
    },
    event: (event: RunEvent) => {
      events.push(event);
    },
  };
  const count = (outcome: Sample['outcome'], reason?: Sample['reason']) =>
    rows.filter((row) => row.outcome === outcome && (reason ?? row.reason) === row.reason).length;
  /** Per target every seq from 0 on exactly once: due = ok + lost + failed + unsent. */
  const closes = (targets: number) => {
    for (let target = 0; target < targets; target++) {
      const seqs = rows.filter((row) => row.target === target).map(({ seq }) => seq);
      expect(seqs.sort((a, b) => a - b)).to.deep.equal([...seqs.keys()]);
      expect(seqs).not.to.have.length(0);
    }
    expect(rows).to.have.length(count('ok') + count('lost') + count('failed') + count('unsent'));
  };
  const blind = (what: string) => events.filter((e) => e.kind === 'blind' && e.what === what);
  return { rows, events, writer, count, closes, blind };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(10);
}

function childrenOf(pid: number): readonly number[] {
  return readdirSync(`/proc/${String(pid)}/task`).flatMap((task) => {
    try {
      const children = readFileSync(`/proc/${String(pid)}/task/${task}/children`, 'utf8');
      return children
        .split(' ')
        .filter((text) => text !== '')
        .map(Number);
    } catch {
      return []; // a thread that ended since the folder was read
    }
  });
}

describe('engine', function () {
  this.timeout(60_000);
  const clock = runClock(dropAnchor());
  const opened: Engine[] = [];
  afterEach(() => {
    for (const engine of opened.splice(0)) engine.kill();
  });

  async function open(
    probes: readonly ReturnType<typeof probe>[],
    seen: ReturnType<typeof collector>,
    more: { stopGraceNs?: number } = {},
  ) {
    const before = childrenOf(process.pid);
    const options = { clock, writer: seen.writer, env: {}, log: silentLogger, ...more };
    const engine = await openEngine(probes, options);
    opened.push(engine);
    // tsx keeps a helper process of its own; the workers are those that measure.
    const workers = childrenOf(process.pid).filter((pid) => !before.includes(pid));
    return { engine, workers };
  }

  for (const isolation of ['thread', 'process'] as const) {
    it(`paces by due times computed from the start, in a ${isolation}, and its sum closes`, async () => {
      const seen = collector();
      const { engine } = await open([probe('a', { kind: 'ok' }, { isolation, targets: 3 })], seen);
      expect(engine.engines.get('a')).to.equal('scripted ok');
      const started = engine.start();
      await until(() => seen.count('ok') > 60);
      await engine.stop();
      seen.closes(3);
      expect(seen.count('lost') + seen.count('failed')).to.equal(0);
      for (const { target, seq, due } of seen.rows) {
        expect(due).to.equal(started + target * MS + seq * 20 * MS);
      }
    });

    it(`counts no loss of a probe that blocks its own ${isolation}`, async () => {
      const seen = collector();
      const busy = probe('busy', { kind: 'busy', ms: 300 }, { isolation });
      const { engine } = await open([busy], seen);
      engine.start();
      await until(() => seen.count('unsent', 'late') > 10);
      await engine.stop();
      seen.closes(1);
      expect(seen.count('lost') + seen.count('failed')).to.equal(0);
      expect(seen.count('unsent', 'verifier-stalled')).to.be.greaterThan(0);
      expect(seen.blind('verifier-stalled')).not.to.deep.equal([]);
    });

    it(`writes the rows of a ${isolation} that exits in mid-run as unsent`, async () => {
      const seen = collector();
      const { engine } = await open([probe('exits', { kind: 'exits' }, { isolation })], seen);
      engine.start();
      await until(() => seen.count('unsent', 'worker-lost') > 5);
      await engine.stop();
      seen.closes(1);
      expect(seen.count('lost') + seen.count('failed')).to.equal(0);
      expect(seen.blind('worker-lost')).to.have.length(1);
      expect(seen.events.filter(({ what }) => what === 'worker-exited')).to.have.length(1);
    });
  }

  it('sees a worker that was stopped for a while as blind, not as loss', async () => {
    const seen = collector();
    const { engine, workers } = await open(
      [probe('p', { kind: 'ok' }, { isolation: 'process' })],
      seen,
    );
    engine.start();
    await until(() => seen.count('ok') > 10);
    for (const pid of workers) process.kill(pid, 'SIGSTOP');
    await delay(1500);
    for (const pid of workers) process.kill(pid, 'SIGCONT');
    const before = seen.count('ok');
    await until(() => seen.count('ok') > before + 10);
    await engine.stop();
    seen.closes(1);
    expect(seen.count('lost') + seen.count('failed')).to.equal(0);
    expect(seen.count('unsent', 'late')).to.be.greaterThan(50);
    expect(seen.blind('verifier-stalled')).not.to.deep.equal([]);
  });

  it('closes the sum of a worker that stays silent to the end, and is blind from when it was last heard', async () => {
    const seen = collector();
    const { engine, workers } = await open(
      [probe('p', { kind: 'ok' }, { isolation: 'process' })],
      seen,
      { stopGraceNs: 100 * MS },
    );
    engine.start();
    await until(() => seen.count('ok') > 10);
    for (const pid of workers) process.kill(pid, 'SIGSTOP');
    const stopped = clock.now();
    await until(() => clock.now() - stopped > 300 * MS);
    await engine.stop();
    seen.closes(1);
    expect(seen.count('lost') + seen.count('failed')).to.equal(0);
    expect(seen.count('unsent', 'worker-lost')).to.be.greaterThan(5);
    const [blind] = seen.blind('worker-lost');
    expect(blind?.at).to.be.lessThan(stopped + MS);
  });

  it('closes the sum of a worker that was killed', async () => {
    const seen = collector();
    const { engine, workers } = await open(
      [probe('p', { kind: 'ok' }, { isolation: 'process' })],
      seen,
    );
    engine.start();
    await until(() => seen.count('ok') > 10);
    for (const pid of workers) process.kill(pid, 'SIGKILL');
    await until(() => seen.count('unsent', 'worker-lost') > 5);
    await engine.stop();
    seen.closes(1);
    expect(seen.count('lost') + seen.count('failed')).to.equal(0);
  });

  it('loses nothing in a thread while the main thread is blocked', async () => {
    const seen = collector();
    // A long interval: only the block of the main thread could be in the way of an attempt, not a busy machine.
    const { engine } = await open([probe('p', { kind: 'ok' }, { intervalMs: 200 })], seen);
    engine.start();
    await until(() => seen.count('ok') > 1);
    const blockedFrom = clock.now();
    while (clock.now() < blockedFrom + 1500 * MS);
    const blockedUntil = clock.now();
    await engine.stop();
    seen.closes(1);
    const during = seen.rows.filter(({ due }) => due > blockedFrom && due < blockedUntil);
    expect(during).to.have.length.greaterThan(5);
    expect(during.filter(({ outcome }) => outcome !== 'ok')).to.deep.equal([]);
  });

  it('lets attempts in flight at the stop end on their own', async () => {
    const seen = collector();
    const slow = probe('slow', { kind: 'slow', ms: 400 }, { intervalMs: 50, timeoutMs: 1000 });
    const { engine } = await open([slow], seen);
    const started = engine.start();
    await until(() => clock.now() > started + 200 * MS);
    await engine.stop();
    seen.closes(1);
    expect(seen.count('ok')).to.be.greaterThan(0);
    expect(seen.count('lost') + seen.count('failed')).to.equal(0);
  });

  for (const isolation of ['thread', 'process'] as const) {
    it(`enters a phase when what was due before has ended, in a ${isolation}`, async () => {
      const seen = collector();
      const slow = probe('slow', { kind: 'slow', ms: 300 }, { isolation, intervalMs: 50 });
      const { engine } = await open([slow, probe('watch', { kind: 'watch' })], seen);
      const started = engine.start();
      await until(() => clock.now() > started + 400 * MS);
      const at = clock.now();
      await engine.phase('upgrade', at);
      const before = seen.rows.filter(({ due }) => due < at).length;
      expect(before).to.equal(Math.ceil((at - started) / (50 * MS)));
      await engine.stop();
      seen.closes(1);
    });
  }

  it('enters a phase without a worker that has died', async () => {
    const seen = collector();
    const { engine } = await open([probe('exits', { kind: 'exits' })], seen);
    engine.start();
    await until(() => seen.count('unsent', 'worker-lost') > 0);
    await engine.phase('upgrade', clock.now());
    await engine.stop();
    seen.closes(1);
  });

  it('records what a probe’s bug leaves open as unsent, and says so', async () => {
    const seen = collector();
    const { engine } = await open(
      [
        probe('rejects', { kind: 'rejects' }),
        probe('mute', { kind: 'never-answers' }, { timeoutMs: 100, intervalMs: 500 }),
      ],
      seen,
    );
    engine.start();
    await until(() => seen.events.filter(({ what }) => what === 'bug').length > 3);
    await engine.stop();
    expect(seen.rows.filter(({ outcome }) => outcome !== 'unsent')).to.deep.equal([]);
    expect(seen.events.map(({ probe: name }) => name)).to.include('rejects');
  });

  it('tells the error of a probe that cannot open, and ends the others', async () => {
    const seen = collector();
    const before = childrenOf(process.pid).length;
    const fine = probe('fine', { kind: 'ok' }, { isolation: 'process' });
    const refused = await open([fine, probe('no', { kind: 'refuses' })], seen).catch(
      (error: unknown) => error,
    );
    expect(refused).to.be.instanceOf(CodedError);
    expect((refused as CodedError).code).to.equal('probe-config');
    expect((refused as CodedError).message)
      .to.contain('no')
      .and.to.contain('nothing there');
    expect((refused as CodedError).hint).to.equal('put it there');
    await until(() => childrenOf(process.pid).length <= before);
    const broken = await open([probe('bug', { kind: 'breaks-on-open' })], seen).catch(
      (error: unknown) => error,
    );
    expect((broken as CodedError).code).to.equal('worker-failed');
  });

  it('ends a watch when it is told to, and calls one that broke blind from then on', async () => {
    const seen = collector();
    const { engine } = await open(
      [probe('watch', { kind: 'watch' }), probe('broken', { kind: 'watch-breaks' })],
      seen,
    );
    engine.start();
    await until(() => seen.events.some(({ what }) => what === 'worker-exited'));
    await engine.stop();
    const spans = seen.blind('worker-lost');
    expect(spans.map(({ probe: name }) => name)).to.deep.equal(['broken']);
    for (const { at, end } of spans) expect(end).to.be.at.least(at);
    const exits = seen.events.filter(({ what }) => what === 'worker-exited');
    expect(exits.map(({ detail }) => detail['why'])).to.deep.equal(['the watch broke']);
  });
});
