import type { PacedMeasurer, PutRow, Schedule } from '../contracts/probe.ts';
import type { RunEvent } from '../model/event.ts';
import type { PlannedTarget } from '../model/plan.ts';
import type { DurationNs, RunNs } from '../model/time.ts';
import { sleep } from '../platform/timers.ts';
import type { Row } from './batch-builder.ts';
import { blindSpan } from './blind-span.ts';
import { latenessLimit } from './lateness.ts';
import type { Pace } from './pace.ts';
import { createPacer } from './pacer.ts';

export type PacedOptions = {
  readonly targets: readonly PlannedTarget[];
  readonly measurer: PacedMeasurer;
  readonly now: () => RunNs;
  /** How long the machine was suspended since then: what such a probe cannot see of itself. */
  readonly suspendedSince: (since: RunNs) => DurationNs;
  readonly record: (row: Row) => void;
  readonly emit: (event: Omit<RunEvent, 'probe'>) => void;
};

/** Lets a probe that wakes itself have the schedule; what is too late, and the end, are decided here. */
export function startPaced(options: PacedOptions, start: RunNs): Pace {
  const { targets, measurer, now, suspendedSince, record, emit } = options;
  const pacer = createPacer(targets, start);
  const limits = targets.map(({ intervalNs }) => latenessLimit(intervalNs));
  let until = Number.POSITIVE_INFINITY;
  /** Due times of what was taken and has no row yet, in the order taken. */
  const flying = new Map<number, RunNs>();
  const keyOf = (target: number, seq: number) => target * 2 ** 32 + seq;
  const flyingBefore = (at: RunNs) => {
    for (const due of flying.values()) if (due < at) return true;
    return false;
  };

  const put: PutRow = (target, seq, due, sent, latency, outcome, reason, flags, detail) => {
    flying.delete(keyOf(target, seq));
    const late = outcome !== 'unsent' && sent - due > (limits[target] ?? 0);
    const unsuccessful = outcome === 'lost' || outcome === 'failed';
    const slept = unsuccessful && suspendedSince(Number.isNaN(sent) ? due : sent) > 0;
    record({
      target,
      seq,
      due,
      sent: Number.isNaN(sent) ? null : sent,
      latency: Number.isNaN(latency) ? null : latency,
      outcome: late || slept ? 'unsent' : outcome,
      reason: late ? 'late' : slept ? 'stalled' : reason,
      flags: late || slept ? 0 : flags,
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
        } else {
          flying.set(keyOf(target, seq), due);
          attempt(target, seq, due);
        }
      });
      const [first] = missed;
      if (first !== undefined) emit(blindSpan(first, at, 'late'));
    },
  };
  const end = measurer.start(schedule, put);
  return {
    clear: async (at) => {
      while (pacer.next() < at || flyingBefore(at)) await sleep(5);
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
