import type { Measurer, OpenProbe, ProbeContext, PutRow } from '../contracts/probe.ts';
import { CodedError, messageOf } from '../errors/coded-error.ts';
import type { RunEvent } from '../model/event.ts';
import type { SampleBatch } from '../model/sample.ts';
import { NS_PER_MS, NS_PER_S, type RunNs } from '../model/time.ts';
import { bootTimeS } from '../platform/boot-time.ts';
import { runClock } from '../platform/clock.ts';
import { every } from '../platform/timers.ts';
import { createBatchBuilder, type Row } from './batch-builder.ts';
import { blindSpan } from './blind-span.ts';
import type { FromWorker, ToWorker } from './messages.ts';
import { type Pace, startPace } from './pace.ts';
import { startPaced } from './paced.ts';
import { createStallWatch, TICK_NS } from './stall-watch.ts';

type Post = (message: FromWorker, transfer?: readonly ArrayBuffer[]) => void;
type Opening = Extract<ToWorker, { type: 'open' }>;

/** Rows are sent to the host at least this often. */
const FLUSH_MS = 100;
const HEARTBEAT_MS = 250;
/** A probe that watches is blind when its loop stood still for this long. */
const WATCH_STALL_NS = NS_PER_S;

/** The worker's side of the protocol: what comes from the host → what is done about it. */
export function createMeasuringWorker(post: Post): (message: ToWorker) => void {
  let session: Promise<Session> | null = null;
  return (message) => {
    if (message.type === 'open') {
      session = openSession(message, post);
      session.then(
        (opened) => {
          post({ type: 'opened', engine: opened.engine });
        },
        (error: unknown) => {
          const known = error instanceof CodedError ? error : null;
          const code = known?.code ?? 'worker-failed';
          post({ type: 'refused', code, message: messageOf(error), hint: known?.hint ?? null });
        },
      );
      return;
    }
    session?.then(
      (opened) => {
        opened.receive(message);
      },
      () => undefined,
    );
  };
}

type Session = {
  readonly engine: string | null;
  readonly receive: (message: Exclude<ToWorker, Opening>) => void;
};

async function openSession(opening: Opening, post: Post): Promise<Session> {
  const { probe, targets } = opening;
  const clock = runClock(opening.anchor);
  const { now } = clock;
  const asleep = () => {
    const boot = bootTimeS();
    return boot === null ? 0 : boot * NS_PER_S - now();
  };
  const stalls = createStallWatch(now(), asleep());
  let looked = now();
  const lookForSleep = () => {
    // A look takes some 20 µs, and when everything fails it is called for each attempt.
    if (now() - looked < NS_PER_MS) return;
    looked = now();
    stalls.slept(asleep(), looked);
  };
  const batches = createBatchBuilder(probe);
  const stalledSince = (since: RunNs) => stalls.within(since, now());
  const emit = (event: Omit<RunEvent, 'probe'>) => {
    post({ type: 'event', event: { ...event, probe } });
  };
  const flush = () => {
    const batch = batches.take();
    if (batch !== null) post({ type: 'batch', batch }, buffersOf(batch));
  };
  const record = (row: Row) => {
    if (batches.add(row)) flush();
  };
  const put: PutRow = (target, seq, due, sent, latency, outcome, reason, flags, detail) => {
    if (batches.put(target, seq, due, sent, latency, outcome, reason, flags, detail)) flush();
  };
  const suspendedSince = (since: RunNs) => {
    lookForSleep();
    return stalls.suspendedSince(since);
  };

  // Opening is work of its own (imports, logins): the loop is watched from then on.
  const context: ProbeContext = { probe, targets, now, emit, stalledSince, env: opening.env };
  const measurer = await openProbe(opening, context);
  stalls.tick(now());
  const timers = [
    every(TICK_NS / NS_PER_MS, () => {
      lookForSleep();
      const stall = stalls.tick(now());
      if (stall === null || measurer.type !== 'watch') return;
      if (stall.end - stall.start > WATCH_STALL_NS)
        emit(blindSpan(stall.start, stall.end, 'verifier-stalled'));
    }),
    every(FLUSH_MS, flush),
    every(HEARTBEAT_MS, () => {
      post({ type: 'heartbeat', at: now() });
    }),
  ];

  let activity: Activity | null = null;
  return {
    engine: measurer.engine,
    receive: (message) => {
      switch (message.type) {
        case 'start':
          activity =
            measurer.type === 'watch'
              ? watch(measurer, (why) => {
                  post({ type: 'broken', why });
                })
              : measurer.type === 'paced'
                ? startPaced({ targets, measurer, now, suspendedSince, put, emit }, message.at)
                : startPace(
                    { targets, measurer, now, stalledSince, lookForSleep, record, emit },
                    message.at,
                  );
          return;
        case 'phase':
          measurer.phase?.(message.phase);
          void clearOf(activity, message.at).then(() => {
            flush();
            post({ type: 'clear', phase: message.phase });
          });
          return;
        case 'stop':
          void end(activity, message.at, measurer).then(() => {
            for (const stop of timers) stop();
            flush();
            post({ type: 'stopped' });
          });
      }
    },
  };
}

/** What only watches has no attempts that could straddle a phase. */
type Activity = Pick<Pace, 'stop'> & Partial<Pick<Pace, 'clear'>>;

async function clearOf(activity: Activity | null, at: RunNs): Promise<void> {
  await activity?.clear?.(at);
}

async function openProbe(opening: Opening, context: ProbeContext): Promise<Measurer> {
  const module = (await import(opening.module)) as { readonly open?: OpenProbe<unknown> };
  if (module.open === undefined) throw new Error(`${opening.module} does not export open`);
  return module.open(opening.config, context);
}

function watch(
  measurer: Extract<Measurer, { type: 'watch' }>,
  onBroken: (why: string) => void,
): Activity {
  const stop = new AbortController();
  const running = measurer.run(stop.signal).then(
    () => {
      if (!stop.signal.aborted) onBroken('the watch ended by itself');
    },
    (error: unknown) => {
      onBroken(messageOf(error));
    },
  );
  return {
    stop: async () => {
      stop.abort();
      await running;
    },
  };
}

/** Stop is not cancel: what is in flight ends first. An error while closing loses no sample. */
async function end(activity: Activity | null, at: RunNs, measurer: Measurer): Promise<void> {
  await activity?.stop(at);
  await measurer.close().catch(() => undefined);
}

function buffersOf(batch: SampleBatch): readonly ArrayBuffer[] {
  const { target, seq, due, sent, latency, outcome, reason, flags, timings } = batch;
  const stages = timings === null ? [] : Object.values(timings);
  const columns = [target, seq, due, sent, latency, outcome, reason, flags, ...stages];
  return columns.map(({ buffer }) => buffer as ArrayBuffer);
}
