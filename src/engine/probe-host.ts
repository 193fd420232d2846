import { CodedError } from '../errors/coded-error.ts';
import type { RunEvent } from '../model/event.ts';
import type { Phase } from '../model/phase.ts';
import { dueTime, type PlannedTarget } from '../model/plan.ts';
import type { SampleBatch } from '../model/sample.ts';
import { NS_PER_MS, NS_PER_S, type RunNs } from '../model/time.ts';
import { deferred } from '../platform/deferred.ts';
import { moduleUrl } from '../platform/module-url.ts';
import { after, every } from '../platform/timers.ts';
import { startWorker, type WorkerHandle } from '../platform/worker.ts';
import { type Account, createAccount } from './account.ts';
import { createBatchBuilder } from './batch-builder.ts';
import { blindSpan } from './blind-span.ts';
import type { EngineOptions, EngineProbe } from './engine-probe.ts';
import type { FromWorker, ToWorker } from './messages.ts';
import { dueCount } from './pacer.ts';

/** One probe as the main thread sees it. */
export type ProbeHost = {
  readonly name: string;
  readonly engine: string | null;
  readonly start: (at: RunNs) => void;
  readonly phase: (phase: Phase, at: RunNs) => Promise<void>;
  readonly stop: (at: RunNs) => Promise<void>;
  readonly kill: () => void;
};

const OPEN_TIMEOUT_MS = 60_000;
const STOP_GRACE_NS = 10 * NS_PER_S;
/** How often the rows of a worker that has died are written. */
const SETTLE_MS = 500;

/** Starts a probe's worker and resolves when the probe is open. Throws its CodedError when it cannot open. */
export async function openProbeHost(
  probe: EngineProbe,
  options: EngineOptions,
): Promise<ProbeHost> {
  const { name, targets } = probe;
  const { clock, log } = options;
  const opening = deferred<string | null>();
  const ended = deferred<undefined>();
  const ledger = createLedger(probe, options);
  const clearings = new Map<Phase, ReturnType<typeof deferred<undefined>>>();
  const longest = Math.max(0, ...targets.map(({ timeoutNs }) => timeoutNs));
  const patienceMs = (2 * longest + (options.stopGraceNs ?? STOP_GRACE_NS)) / NS_PER_MS;
  let open = false;
  let over = false;

  /** The worker will bring nothing more: what is missing is the verifier's. */
  const lost = (why: string) => {
    if (over) return;
    if (!open) {
      opening.reject(
        new CodedError(
          'worker-failed',
          `probe ${name}: its worker ended: ${why}`,
          'see log.ndjson',
        ),
      );
      return;
    }
    log.error({ probe: name, why }, 'a measuring worker ended by itself');
    ledger.lose(why);
    ended.resolve(undefined);
  };
  const receive = (message: FromWorker) => {
    if (over) return;
    switch (message.type) {
      case 'opened':
        open = true;
        opening.resolve(message.engine);
        return;
      case 'refused': {
        const text = `probe ${name}: ${message.message}`;
        opening.reject(new CodedError(message.code, text, message.hint));
        return;
      }
      case 'batch':
        ledger.batch(message.batch);
        return;
      case 'event':
        options.writer.event(message.event);
        return;
      case 'heartbeat':
        ledger.heard(message.at);
        return;
      case 'clear':
        clearings.get(message.phase)?.resolve(undefined);
        return;
      case 'broken':
        lost(message.why);
        worker.kill();
        return;
      case 'stopped':
        over = true;
        ended.resolve(undefined);
    }
  };
  const worker: WorkerHandle = startWorker(
    moduleUrl('./worker-main.ts', import.meta.url),
    probe.isolation,
    {
      message: (message) => {
        receive(message as FromWorker);
      },
      exit: lost,
    },
  );
  const post = (message: ToWorker) => {
    worker.post(message);
  };
  const kill = () => {
    over = true;
    ended.resolve(undefined);
    worker.kill();
  };
  const { config, module } = probe;
  const env = { ...options.env };
  post({
    type: 'open',
    probe: name,
    module: module.href,
    config,
    targets,
    anchor: clock.anchor,
    env,
  });
  const cancelTimeout = after(OPEN_TIMEOUT_MS, () => {
    const hint = 'the machine may be starved, or what it connects to does not answer';
    opening.reject(new CodedError('worker-failed', `probe ${name} did not open within 60 s`, hint));
  });
  const engine = await opening.promise
    .catch((error: unknown) => {
      kill();
      throw error;
    })
    .finally(cancelTimeout);

  return {
    name,
    engine,
    start: (at) => {
      ledger.start(at);
      post({ type: 'start', at });
    },
    phase: async (phase, at) => {
      const clear = deferred<undefined>();
      clearings.set(phase, clear);
      post({ type: 'phase', phase, at });
      const cancel = after(patienceMs, () => {
        clear.resolve(undefined);
      });
      await Promise.race([clear.promise, ended.promise]);
      cancel();
    },
    stop: async (at) => {
      post({ type: 'stop', at });
      const cancel = after(patienceMs, () => {
        lost('it stayed silent after the end of the run');
      });
      await ended.promise;
      cancel();
      kill();
      ledger.close(at);
    },
    kill,
  };
}

/**
 * What a probe's worker has reported, and what it owes: an attempt that was due and that no row came for is written as
 * `unsent: worker-lost`, so that due = ok + lost + failed + unsent holds whatever becomes of the worker.
 */
function createLedger(probe: EngineProbe, { clock, writer, log }: EngineOptions) {
  const { name, targets } = probe;
  const accounts = targets.map(() => createAccount());
  let started: RunNs | null = null;
  let lastHeard: RunNs = clock.now();
  /** From when on the worker's measurements are missing; null while it lives. */
  let blindFrom: RunNs | null = null;
  let stopSettling: (() => void) | null = null;

  const settle = (until: RunNs) => {
    if (started === null) return;
    for (const batch of missingRows(name, targets, accounts, started, until)) writer.samples(batch);
  };
  return {
    start: (at: RunNs) => {
      started = at;
      lastHeard = at;
    },
    heard: (at: RunNs) => {
      lastHeard = at;
    },
    batch: (batch: SampleBatch) => {
      for (let row = 0; row < batch.count; row++) {
        const seq = batch.seq[row] ?? 0;
        if (accounts[batch.target[row] ?? 0]?.add(seq) === true) continue;
        log.error({ probe: name, seq }, 'a bug: an attempt was reported twice');
      }
      writer.samples(batch);
    },
    /** The worker has died. From now on its rows are written here as they fall due. */
    lose: (why: string) => {
      // One whose watch broke is ended by us, and then ends once more.
      if (blindFrom !== null) return;
      const now = clock.now();
      // One that dies ahead of its first attempt was last heard, by the schedule, later than it died.
      blindFrom = Math.min(lastHeard, now);
      writer.event(exitEvent(name, now, why));
      if (targets.length === 0) return;
      stopSettling = every(SETTLE_MS, () => {
        settle(clock.now());
      });
    },
    close: (at: RunNs) => {
      stopSettling?.();
      settle(at);
      if (blindFrom === null) return;
      const from = Math.min(blindFrom, at); // `lose` may come after the end, from a worker that stays silent
      writer.event({ ...blindSpan(from, at, 'worker-lost'), probe: name });
    },
  };
}

function* missingRows(
  name: string,
  targets: readonly PlannedTarget[],
  accounts: readonly Account[],
  started: RunNs,
  until: RunNs,
): Generator<SampleBatch> {
  const batches = createBatchBuilder(name);
  const unsent = { outcome: 'unsent', reason: 'worker-lost' } as const;
  const nothing = { sent: null, latency: null, flags: 0, detail: null, timings: null };
  for (const [target, planned] of targets.entries()) {
    const missing = accounts[target]?.settle(dueCount(planned, started, until)) ?? [];
    for (const seq of missing) {
      const due = dueTime(planned, started, seq);
      if (!batches.add({ target, seq, due, ...unsent, ...nothing })) continue;
      const full = batches.take();
      if (full !== null) yield full;
    }
  }
  const rest = batches.take();
  if (rest !== null) yield rest;
}

function exitEvent(probe: string, at: RunNs, why: string): RunEvent {
  const nothing = { end: null, target: null, subject: null, serverTime: null };
  return { kind: 'probe', at, probe, what: 'worker-exited', detail: { why }, ...nothing };
}
