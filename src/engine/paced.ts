import type { PacedMeasurer, PutRow, Schedule } from '../contracts/probe.ts';
import type { RunEvent } from '../model/event.ts';
import { latenessLimit } from '../model/lateness.ts';
import type { PlannedTarget } from '../model/plan.ts';
import type { DurationNs, RunNs } from '../model/time.ts';
import { sleep } from '../platform/timers.ts';
import { blindSpan } from './blind-span.ts';
import type { Pace } from './pace.ts';
import { createPacer, dueBefore } from './pacer.ts';

export type PacedOptions = {
  readonly targets: readonly PlannedTarget[];
  readonly measurer: PacedMeasurer;
  readonly now: () => RunNs;
  /** How long the machine was suspended since then: what such a probe cannot see of itself. */
  readonly suspendedSince: (since: RunNs) => DurationNs;
  readonly put: PutRow;
  readonly emit: (event: Omit<RunEvent, 'probe'>) => void;
};

/** Rows whose due time is known afterwards: as many as come in seconds, for a border that is told late. */
const REMEMBERED = 65_536;

/** Lets a probe that wakes itself have the schedule; what is too late, and the end, are decided here. */
export function startPaced(options: PacedOptions, start: RunNs): Pace {
  const { targets, measurer, now, suspendedSince, emit } = options;
  const pacer = createPacer(targets, start);
  const limits = targets.map(({ intervalNs }) => latenessLimit(intervalNs));
  let until = Number.POSITIVE_INFINITY;
  /** Rows so far, and the due times of the latest of them. */
  let rows = 0;
  const latest = new Float64Array(REMEMBERED);
  /** Rows of what was due before `border`. */
  let border = Number.NEGATIVE_INFINITY;
  let before = 0;

  const put: PutRow = (target, seq, due, sent, latency, outcome, reason, flags, detail) => {
    latest[rows++ % REMEMBERED] = due;
    if (due < border) before++;
    const late = outcome !== 'unsent' && sent - due > (limits[target] ?? 0);
    const unsuccessful = outcome === 'lost' || outcome === 'failed';
    const slept = unsuccessful && suspendedSince(Number.isNaN(sent) ? due : sent) > 0;
    options.put(
      target,
      seq,
      due,
      sent,
      latency,
      late || slept ? 'unsent' : outcome,
      late ? 'late' : slept ? 'verifier-stalled' : reason,
      late || slept ? 0 : flags,
      detail,
    );
  };
  // Here and not in `take`, which is called at every turn of the loop: nothing is made there.
  let firstMissed: RunNs = Number.NaN;
  let make: Parameters<Schedule['take']>[1] = () => undefined;
  const visit = (target: number, seq: number, due: RunNs, late: boolean) => {
    if (!late) {
      make(target, seq, due);
      return;
    }
    if (Number.isNaN(firstMissed)) firstMissed = due;
    put(target, seq, due, Number.NaN, Number.NaN, 'unsent', 'late', 0, null);
  };
  const schedule: Schedule = {
    next: () => {
      const next = pacer.next();
      return next > until ? Number.POSITIVE_INFINITY : next;
    },
    take: (at, attempt) => {
      firstMissed = Number.NaN;
      make = attempt;
      pacer.take(Math.min(at, until), at, visit);
      if (!Number.isNaN(firstMissed)) emit(blindSpan(firstMissed, at, 'late'));
    },
  };
  const end = measurer.start(schedule, put);
  return {
    clear: async (at) => {
      border = at;
      before = rows - latest.subarray(0, rows).filter((due) => due >= at).length;
      const owed = targets.reduce((sum, target) => sum + dueBefore(target, start, at), 0);
      while (before < owed) await sleep(5);
    },
    stop: async (at) => {
      until = at;
      // What was due until then and has not been taken is accounted for by the probe's next turn.
      await end();
      schedule.take(now(), (target, seq, due) => {
        put(target, seq, due, Number.NaN, Number.NaN, 'unsent', 'late', 0, null);
      });
    },
  };
}
