import type { ProbeContext } from '../../../src/contracts/probe.ts';
import { type DurationNs, NS_PER_MS, type RunNs } from '../../../src/model/time.ts';

/** Counts answers that are no sample of their own, and says so a few times a second: a flood of them must not become a flood of events. */
export type ReplyTally = {
  /** The first answer to a request came: reordered when one to a later request of this target came before it (RFC 4737). */
  readonly answered: (target: number, seq: number, rtt: DurationNs) => void;
  readonly late: (target: number, seq: number, rtt: DurationNs) => void;
  readonly duplicate: (target: number, seq: number, rtt: DurationNs) => void;
  /** `last`: says everything now. */
  readonly flush: (last: boolean) => void;
};

const FLUSH_NS = 200 * NS_PER_MS;

const KINDS = ['late', 'duplicate', 'reordered'] as const;
type Kind = (typeof KINDS)[number];
type Counted = { what: Kind; target: number; count: number; seq: number; rttNs: number };

export function createReplyTally(
  targets: readonly { readonly name: string }[],
  emit: ProbeContext['emit'],
  now: () => RunNs,
): ReplyTally {
  const highest = new Float64Array(targets.length).fill(-1);
  // By a number for target and kind: a flood of one kind to one target makes nothing new.
  const counted = new Map<number, Counted>();
  let flushed = now();
  const count = (what: Kind, target: number, seq: number, rttNs: DurationNs) => {
    const key = target * KINDS.length + KINDS.indexOf(what);
    const before = counted.get(key);
    if (before === undefined) counted.set(key, { what, target, count: 1, seq, rttNs });
    else before.count++;
  };
  return {
    answered: (target, seq, rtt) => {
      if (seq > (highest[target] ?? 0)) highest[target] = seq;
      else count('reordered', target, seq, rtt);
    },
    late: (target, seq, rtt) => {
      count('late', target, seq, rtt);
    },
    duplicate: (target, seq, rtt) => {
      count('duplicate', target, seq, rtt);
    },
    flush: (last) => {
      if (counted.size === 0) return;
      const at = now();
      if (!last && at - flushed < FLUSH_NS) return;
      flushed = at;
      for (const { what, target, count: times, seq, rttNs } of counted.values()) {
        emit({
          kind: 'reply',
          at,
          end: null,
          target: targets[target]?.name ?? null,
          subject: null,
          what,
          serverTime: null,
          detail: { count: times, seq, rttNs },
        });
      }
      counted.clear();
    },
  };
}
