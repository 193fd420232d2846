import type { AttemptMeasurer, AttemptResult } from '../contracts/probe.ts';
import { messageOf } from '../errors/coded-error.ts';
import type { PlannedTarget } from '../model/plan.ts';
import type { Reason } from '../model/sample.ts';
import { type DurationNs, NS_PER_S, type RunNs } from '../model/time.ts';
import type { Row } from './batch-builder.ts';
import { weigh } from './weighing.ts';

type InFlight = { readonly target: number; readonly seq: number; readonly due: RunNs };

export type Attempts = {
  /** Makes an attempt now, or records that there are too many in flight. */
  readonly make: (target: number, seq: number, due: RunNs) => void;
  readonly unsent: (
    target: number,
    seq: number,
    due: RunNs,
    reason: Reason,
    detail: string | null,
  ) => void;
  /** Gives up on attempts whose probe should long have answered; to be called about once a second. */
  readonly sweep: () => void;
  readonly inFlight: () => number;
  /** Whether one that was due before `due` has not ended yet. */
  readonly inFlightBefore: (due: RunNs) => boolean;
};

export type AttemptsOptions = {
  readonly targets: readonly PlannedTarget[];
  readonly measurer: AttemptMeasurer;
  readonly now: () => RunNs;
  /** Time the loop stood still within [since, now]. */
  readonly stalledSince: (since: RunNs) => DurationNs;
  /** Looks whether the machine was suspended since the last look: before a failure is weighed. */
  readonly lookForSleep: () => void;
  readonly record: (row: Row) => void;
  /** A bug of the probe: it rejected, or never answered. */
  readonly onBug: (target: number, what: string) => void;
};

/** Beyond its timeout a probe has this long to say what became of an attempt. */
const GRACE_NS = 2 * NS_PER_S;
const MOST_IN_FLIGHT = 50_000;

/** The attempts of one probe: each ends in exactly one row, whatever the probe does. */
export function createAttempts(options: AttemptsOptions): Attempts {
  const { targets, measurer, now, record } = options;
  const flying = new Map<number, InFlight>();
  const limit = inFlightLimit(targets);
  const keyOf = (target: number, seq: number) => target * 2 ** 32 + seq;

  const unsent: Attempts['unsent'] = (target, seq, due, reason, detail) => {
    record({
      target,
      seq,
      due,
      sent: null,
      latency: null,
      outcome: 'unsent',
      reason,
      flags: 0,
      detail,
      timings: null,
    });
  };
  const ended = (attempt: InFlight, result: AttemptResult) => {
    const { target, seq, due } = attempt;
    if (!flying.delete(keyOf(target, seq))) return;
    const planned = targets[target];
    if (planned === undefined) return;
    if (result.outcome !== 'ok') options.lookForSleep();
    const since = options.stalledSince(result.sent ?? due);
    const stalled =
      since - (result.knownAt === undefined ? 0 : options.stalledSince(result.knownAt));
    const { outcome, reason, flags } = weigh(result, planned, due, stalled);
    const { sent, latency, detail = null, timings = null } = result;
    record({ target, seq, due, sent, latency, outcome, reason, flags, detail, timings });
  };
  const bug = (attempt: InFlight, what: string) => {
    if (!flying.delete(keyOf(attempt.target, attempt.seq))) return;
    options.onBug(attempt.target, what);
    unsent(attempt.target, attempt.seq, attempt.due, 'worker-lost', what);
  };
  return {
    unsent,
    inFlight: () => flying.size,
    inFlightBefore: (due) => {
      for (const attempt of flying.values()) if (attempt.due < due) return true;
      return false;
    },
    make: (target, seq, due) => {
      if (flying.size >= limit) {
        unsent(target, seq, due, 'overload', `${String(limit)} attempts in flight`);
        return;
      }
      const attempt = { target, seq, due };
      flying.set(keyOf(target, seq), attempt);
      const rejected = (error: unknown) => {
        bug(attempt, messageOf(error));
      };
      try {
        measurer.attempt(target, seq).then((result) => {
          ended(attempt, result);
        }, rejected);
      } catch (error) {
        rejected(error);
      }
    },
    sweep: () => {
      for (const attempt of [...flying.values()]) {
        const timeoutNs = targets[attempt.target]?.timeoutNs ?? 0;
        // Time this process stood still is not the probe's.
        const waited = now() - attempt.due - options.stalledSince(attempt.due);
        if (waited > 2 * timeoutNs + GRACE_NS) bug(attempt, 'the probe never answered');
      }
    },
  };
}

/** Twice what can be in flight when every attempt runs into its timeout. */
function inFlightLimit(targets: readonly PlannedTarget[]): number {
  const most = targets.map(
    ({ timeoutNs, intervalNs }) => 2 * Math.ceil(timeoutNs / intervalNs) + 8,
  );
  return Math.min(
    MOST_IN_FLIGHT,
    most.reduce((sum, count) => sum + count, 0),
  );
}
