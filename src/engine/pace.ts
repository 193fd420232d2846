import type { AttemptMeasurer } from '../contracts/probe.ts';
import type { RunEvent } from '../model/event.ts';
import type { PlannedTarget } from '../model/plan.ts';
import { type DurationNs, NS_PER_MS, type RunNs } from '../model/time.ts';
import { after, every, sleep } from '../platform/timers.ts';
import { createAttempts } from './attempts.ts';
import type { Row } from './batch-builder.ts';
import { blindSpan } from './blind-span.ts';
import { createPacer } from './pacer.ts';

export type Pace = {
  /** Resolves when every attempt due before `at`, which has passed, has ended in a row. */
  readonly clear: (at: RunNs) => Promise<void>;
  /** Ends the schedule at `at` and resolves when every attempt due until then has ended in a row. */
  readonly stop: (at: RunNs) => Promise<void>;
};

export type PaceOptions = {
  readonly targets: readonly PlannedTarget[];
  readonly measurer: AttemptMeasurer;
  readonly now: () => RunNs;
  readonly stalledSince: (since: RunNs) => DurationNs;
  readonly lookForSleep: () => void;
  readonly record: (row: Row) => void;
  readonly emit: (event: Omit<RunEvent, 'probe'>) => void;
};

/** A loop that did not turn for this long stood still; less is lateness. */
const STALL_NS = 100 * NS_PER_MS;
/** Timers take no more than 2^31 ms; far-off due times are waited for in parts. */
const LONGEST_WAIT_MS = 60_000;

/** Drives a pacer by the clock: wakes when the next attempt is due, makes those in time, records the others as unsent. */
export function startPace(options: PaceOptions, start: RunNs): Pace {
  const { targets, measurer, now, stalledSince, lookForSleep, record, emit } = options;
  const pacer = createPacer(targets, start);
  const attempts = createAttempts({
    targets,
    measurer,
    now,
    stalledSince,
    lookForSleep,
    record,
    onBug: (target, what) => {
      const name = targets[target]?.name ?? null;
      const nothing = { end: null, subject: null, serverTime: null };
      emit({
        kind: 'probe',
        at: now(),
        target: name,
        what: 'bug',
        detail: { message: what },
        ...nothing,
      });
    },
  });

  const turn = (until: RunNs) => {
    const woke = now();
    const stood = stalledSince(woke - STALL_NS) >= STALL_NS - 30 * NS_PER_MS;
    const late: RunNs[] = [];
    pacer.take(Math.min(woke, until), woke, (target, seq, due, overdue) => {
      if (overdue) {
        late.push(due);
        attempts.unsent(target, seq, due, 'late', null);
      } else {
        attempts.make(target, seq, due);
      }
    });
    const [first] = late;
    if (first !== undefined) emit(blindSpan(first, woke, stood ? 'verifier-stalled' : 'late'));
  };

  let cancel: () => void = () => undefined;
  const wake = () => {
    turn(Number.POSITIVE_INFINITY);
    const wait = Math.ceil((pacer.next() - now()) / NS_PER_MS);
    if (wait !== Number.POSITIVE_INFINITY) {
      cancel = after(Math.min(Math.max(wait, 1), LONGEST_WAIT_MS), wake);
    }
  };
  wake();
  const endSweeps = every(1000, attempts.sweep);

  return {
    clear: async (at) => {
      turn(at);
      while (attempts.inFlightBefore(at)) await sleep(5);
    },
    stop: async (at) => {
      cancel();
      turn(at);
      while (attempts.inFlight() > 0) await sleep(5);
      endSweeps();
    },
  };
}
