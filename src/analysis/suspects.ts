import type { Suspect } from '../model/analysis.ts';
import type { ReplicaCheck, RunEvent } from '../model/event.ts';
import { type DurationNs, NS_PER_S, type RunNs } from '../model/time.ts';

/** A pod that is to be killed says so up to its grace period (30 s by default) before it stops answering. */
const BEFORE_NS: DurationNs = 30 * NS_PER_S;
const AFTER_NS: DurationNs = NS_PER_S;
const MOST = 10;

/**
 * Pod and node transitions of the run, and replicas that fail when asked directly → for an outage those from 30 s before it to 1 s after it, nearest in time first, at most
 * 10. The distance is 0 inside the outage; among those inside, the nearest to its start comes first.
 */
export function createSuspects() {
  const transitions: Suspect[] = [];
  let sorted = true;
  /** Of each replica: whether its latest check was unsuccessful. */
  const failing = new Map<string, boolean>();
  return {
    /** A `replica` event. Only the first of a row of unsuccessful checks is a transition. */
    check: ({ probe, subject, what, at, detail }: RunEvent) => {
      const { outcome, reason } = detail as ReplicaCheck;
      if (subject === null || what !== 'issue' || outcome === 'unsent') return;
      const key = `${probe ?? ''}/${subject.uid ?? subject.name}`;
      const before = failing.get(key) ?? false;
      failing.set(key, outcome !== 'ok');
      if (outcome === 'ok' || before) return;
      transitions.push({
        kind: subject.kind,
        name: subject.name,
        what: reason,
        at,
        serverTime: null,
      });
      sorted = false;
    },
    event: ({ subject, what, at, serverTime, detail }: RunEvent) => {
      if (subject === null) return;
      // What a pod was when the probe first looked has not happened then; one that was going away still is.
      if (detail['atStart'] === true && what !== 'terminating') return;
      transitions.push({ kind: subject.kind, name: subject.name, what, at, serverTime });
      sorted = false;
    },
    around: (outage: { readonly start: RunNs; readonly end: RunNs }): readonly Suspect[] => {
      if (!sorted) transitions.sort((a, b) => a.at - b.at);
      sorted = true;
      const { start, end } = outage;
      const from = firstAt(transitions, start - BEFORE_NS);
      const to = firstAt(transitions, end + AFTER_NS + 1);
      const distance = (at: RunNs) => (at < start ? start - at : Math.max(0, at - end));
      return transitions
        .slice(from, to)
        .sort(
          (a, b) =>
            distance(a.at) - distance(b.at) || Math.abs(a.at - start) - Math.abs(b.at - start),
        )
        .slice(0, MOST);
    },
  };
}

/** Index of the first transition at or after `time`. */
function firstAt(transitions: readonly Suspect[], time: RunNs): number {
  let low = 0;
  let high = transitions.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((transitions[middle]?.at ?? 0) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}
