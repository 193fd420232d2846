import type { ProbeContext } from '../../../src/contracts/probe.ts';
import { NS_PER_S, type RunNs } from '../../../src/model/time.ts';

export type ClosedIdleTally = {
  readonly add: () => void;
  /** Tells what has not been told. */
  readonly flush: () => void;
};

/** Connections of one target that the server closed while they were idle → `reply` events, at most one a second. */
export function closedIdleTally(
  target: string,
  { now, emit }: Pick<ProbeContext, 'now' | 'emit'>,
): ClosedIdleTally {
  let count = 0;
  let told: RunNs = Number.NEGATIVE_INFINITY;
  const flush = () => {
    if (count === 0) return;
    told = now();
    const nothing = { end: null, subject: null, serverTime: null };
    emit({ kind: 'reply', at: told, target, what: 'closed-idle', detail: { count }, ...nothing });
    count = 0;
  };
  return {
    add: () => {
      count++;
      if (now() - told >= NS_PER_S) flush();
    },
    flush,
  };
}
