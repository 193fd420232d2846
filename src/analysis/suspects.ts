import type { ReplicaAnalysis, Suspect } from '../model/analysis.ts';
import type { RunEvent } from '../model/event.ts';
import { type DurationNs, NS_PER_S, type RunNs } from '../model/time.ts';

/** A pod that is to be killed says so up to its grace period (30 s by default) before it stops answering. */
const BEFORE_NS: DurationNs = 30 * NS_PER_S;
const AFTER_NS: DurationNs = NS_PER_S;
const MOST = 10;

/** Something that lasted from `suspect.at` to `end`. */
type Down = { readonly suspect: Suspect; readonly end: RunNs };

/**
 * Pod and node transitions of the run, and replicas that fail when asked directly → for an outage those from 30 s before it to 1 s after it, nearest in time first, at most
 * 10. The distance is 0 inside the outage; among those inside, the nearest to its start comes first.
 */
export function createSuspects() {
  const transitions: Suspect[] = [];
  let sorted = true;
  const spans: Down[] = [];
  return {
    event: ({ subject, what, at, serverTime, detail }: RunEvent) => {
      if (subject === null) return;
      // What a pod was when the probe first looked has not happened then; one that was going away still is.
      if (detail['atStart'] === true && what !== 'terminating') return;
      transitions.push({ kind: subject.kind, name: subject.name, what, at, serverTime });
      sorted = false;
    },
    /** A replica that did not answer when asked directly: suspected of every outage around or within that time. */
    replica: ({ kind, name, down }: Pick<ReplicaAnalysis, 'kind' | 'name' | 'down'>) => {
      for (const { start, end, reason } of down) {
        spans.push({ end, suspect: { kind, name, what: reason, at: start, serverTime: null } });
      }
    },
    around: (outage: { readonly start: RunNs; readonly end: RunNs }): readonly Suspect[] => {
      if (!sorted) transitions.sort((a, b) => a.at - b.at);
      sorted = true;
      const { start, end } = outage;
      const from = firstAt(transitions, start - BEFORE_NS);
      const to = firstAt(transitions, end + AFTER_NS + 1);
      const distance = (first: RunNs, last: RunNs) =>
        last < start ? start - last : Math.max(0, first - end);
      return [
        ...transitions.slice(from, to).map((suspect) => ({ suspect, end: suspect.at })),
        ...spans.filter(
          (span) => span.suspect.at <= end + AFTER_NS && span.end >= start - BEFORE_NS,
        ),
      ]
        .sort(
          (a, b) =>
            distance(a.suspect.at, a.end) - distance(b.suspect.at, b.end) ||
            Math.abs(a.suspect.at - start) - Math.abs(b.suspect.at - start),
        )
        .slice(0, MOST)
        .map(({ suspect }) => suspect);
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
