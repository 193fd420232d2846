import type { PacedMeasurer, PutRow, Schedule } from '../contracts/probe.ts';
import type { RunEvent } from '../model/event.ts';
import type { PlannedTarget } from '../model/plan.ts';
import type { RunNs } from '../model/time.ts';
import type { Row } from './batch-builder.ts';
import { blindSpan } from './blind-span.ts';
import { latenessLimit } from './lateness.ts';
import type { Pace } from './pace.ts';
import { createPacer } from './pacer.ts';

export type PacedOptions = {
  readonly targets: readonly PlannedTarget[];
  readonly measurer: PacedMeasurer;
  readonly now: () => RunNs;
  readonly record: (row: Row) => void;
  readonly emit: (event: Omit<RunEvent, 'probe'>) => void;
};

/** Lets a probe that wakes itself have the schedule; what is too late, and the end, are decided here. */
export function startPaced(options: PacedOptions, start: RunNs): Pace {
  const { targets, measurer, now, record, emit } = options;
  const pacer = createPacer(targets, start);
  const limits = targets.map(({ intervalNs }) => latenessLimit(intervalNs));
  let until = Number.POSITIVE_INFINITY;

  const put: PutRow = (target, seq, due, sent, latency, outcome, reason, flags, detail) => {
    const late = outcome !== 'unsent' && sent - due > (limits[target] ?? 0);
    record({
      target,
      seq,
      due,
      sent: Number.isNaN(sent) ? null : sent,
      latency: Number.isNaN(latency) ? null : latency,
      outcome: late ? 'unsent' : outcome,
      reason: late ? 'late' : reason,
      flags: late ? 0 : flags,
      detail,
    });
  };
  const schedule: Schedule = {
    next: () => {
      const next = pacer.next();
      return next > until ? Number.POSITIVE_INFINITY : next;
    },
    take: (at, attempt) => {
      const missed: RunNs[] = [];
      pacer.take(Math.min(at, until), at, (target, seq, due, late) => {
        if (late) {
          missed.push(due);
          put(target, seq, due, Number.NaN, Number.NaN, 'unsent', 'late', 0, null);
        } else attempt(target, seq, due);
      });
      const [first] = missed;
      if (first !== undefined) emit(blindSpan(first, at, 'late'));
    },
  };
  const end = measurer.start(schedule, put);
  return {
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
