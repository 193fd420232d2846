import type { PodHistory } from '../model/analysis.ts';
import type { RunNs } from '../model/time.ts';

export type PodState = 'pending' | 'ready' | 'terminating' | 'down';
export type PodSegment = { readonly state: PodState; readonly from: RunNs; readonly to: RunNs };

/** A pod's transitions → what it was from when to when, until it was deleted or the run ended. */
export function podSegments(pod: PodHistory, end: RunNs): readonly PodSegment[] {
  const segments: PodSegment[] = [];
  let state: PodState | null = null;
  let from = 0;
  const until = (to: RunNs) => {
    if (state !== null && to > from) segments.push({ state, from, to });
    from = to;
  };
  for (const { at, what } of pod.transitions) {
    const next = stateAfter(what, state);
    if (next === state) continue;
    until(at);
    state = next;
  }
  until(Math.max(end, from));
  return segments;
}

/** Null: it is gone. A pod that is being deleted stays so, whatever else is said of it. */
function stateAfter(what: string, before: PodState | null): PodState | null {
  switch (what) {
    case 'deleted':
      return null;
    case 'terminating':
      return 'terminating';
    case 'failed':
    case 'succeeded':
      return before === 'terminating' ? before : 'down';
    case 'ready':
      return before === 'terminating' ? before : 'ready';
    case 'added':
    case 'scheduled':
    case 'running':
      return before ?? 'pending';
    case 'not-ready':
    case 'restarted':
      return before === 'terminating' ? before : 'pending';
    default:
      return before;
  }
}

/** Those to draw: every pod that changed during the run before those that only stood there; in order of first sight. */
export function podsToDraw(pods: readonly PodHistory[], limit: number): readonly PodHistory[] {
  const firstSeen = (pod: PodHistory) => pod.transitions[0]?.at ?? 0;
  const changes = (pod: PodHistory) => pod.transitions.length;
  const kept =
    pods.length <= limit ? pods : pods.toSorted((a, b) => changes(b) - changes(a)).slice(0, limit);
  return kept.toSorted((a, b) => firstSeen(a) - firstSeen(b));
}
