import type { PodFacts } from './pod-facts.ts';

/** In the order in which several that come with one version of the object are reported. */
export const POD_TRANSITIONS = [
  'added',
  'image',
  'scheduled',
  'running',
  'restarted',
  'ready',
  'terminating',
  'not-ready',
  'succeeded',
  'failed',
  'deleted',
] as const;
export type PodTransition = {
  readonly what: (typeof POD_TRANSITIONS)[number];
  /** When the server says it happened; null where it does not say. */
  readonly serverTime: string | null;
};

/**
 * Two versions of a pod → what happened between them. Before is null for a pod not seen yet, and then every state it has reached
 * is reported: { phase: Running, ready } → added, scheduled, running, ready.
 */
export function podTransitions(before: PodFacts | null, after: PodFacts): readonly PodTransition[] {
  const found: PodTransition[] = [];
  const note = (happened: boolean, what: PodTransition['what'], serverTime: string | null) => {
    if (happened) found.push({ what, serverTime });
  };
  const entered = (phase: string) => after.phase === phase && before?.phase !== phase;
  note(before === null, 'added', after.createdAt);
  note(before !== null && before.image !== after.image, 'image', null);
  note(after.scheduled && before?.scheduled !== true, 'scheduled', after.scheduledAt);
  note(entered('Running'), 'running', after.startedAt);
  note(before !== null && after.restarts > before.restarts, 'restarted', after.startedAt);
  note(after.ready && before?.ready !== true, 'ready', after.readyChangedAt);
  note(
    after.deletion !== null && before?.deletion == null,
    'terminating',
    after.deletion?.requestedAt ?? null,
  );
  note(!after.ready && before?.ready === true, 'not-ready', after.readyChangedAt);
  note(entered('Succeeded'), 'succeeded', after.finishedAt);
  note(entered('Failed'), 'failed', after.finishedAt);
  return found;
}

/** The end of a pod. The server says when it let go of it only in the last version of one that was deleted in order. */
export function podDeleted(last: PodFacts): PodTransition {
  return { what: 'deleted', serverTime: last.deletion?.releasedAt ?? null };
}
