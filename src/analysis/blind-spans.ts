import type { BlindSpan } from '../model/analysis.ts';
import { BLIND_CAUSES, type BlindCause, type RunEvent } from '../model/event.ts';
import type { DurationNs, RunNs } from '../model/time.ts';
import type { Row } from './row.ts';

/** A blind stretch. `stated`: from an event, whose cause weighs more than one derived from rows. */
export type Stretch = {
  readonly start: RunNs;
  readonly end: RunNs;
  readonly cause: BlindCause;
  readonly stated: boolean;
};

/** Above this many stretches of a probe they are merged before more are kept. */
const MERGE_ABOVE = 1_024;

/**
 * Rows of one target in order of seq → blind stretches: from the due time of the first unsent attempt to the due time of
 * the next that counts.
 */
export function createBlindRows(found: (stretch: Stretch) => void) {
  let open: { readonly start: RunNs; readonly cause: BlindCause; last: RunNs } | null = null;
  const close = (end: RunNs) => {
    if (open !== null) found({ start: open.start, end, cause: open.cause, stated: false });
    open = null;
  };
  return {
    add: (row: Row) => {
      if (row.outcome !== 'unsent') {
        close(row.due);
        return;
      }
      open ??= { start: row.due, cause: causeOf(row.reason), last: row.due };
      open.last = row.due;
    },
    isOpen: (): boolean => open !== null,
    /** The stretch it is in now, as far as it is known. */
    current: (): Stretch | null =>
      open === null
        ? null
        : { start: open.start, end: open.last, cause: open.cause, stated: false },
    finish: (runEnd: RunNs) => {
      close(Math.max(runEnd, open?.last ?? 0));
    },
  };
}

/** Blind stretches of one probe, merged where they overlap or touch. */
export function createBlindSpans() {
  let stretches: Stretch[] = [];
  let merged = true;
  const merge = () => {
    if (!merged) stretches = mergeStretches(stretches);
    merged = true;
    return stretches;
  };
  let mergeAbove = MERGE_ABOVE;
  return {
    add: (stretch: Stretch) => {
      stretches.push(stretch);
      merged = false;
      if (stretches.length > mergeAbove) mergeAbove = Math.max(MERGE_ABOVE, 2 * merge().length);
    },
    merged: (): readonly Stretch[] => merge(),
    finish: (probe: string): readonly BlindSpan[] =>
      merge().map(({ start, end, cause }) => ({ probe, start, end, cause })),
  };
}

/**
 * 0..2 late, 1..3 stalled, 3..4 late, 9..9 late → 0..4 late, 9..9 late. The cause is the earliest's, or the earliest
 * stated one's when an event stated one.
 */
export function mergeStretches(stretches: readonly Stretch[]): Stretch[] {
  const sorted = stretches.toSorted((a, b) => a.start - b.start || order(a) - order(b));
  const merged: Stretch[] = [];
  for (const next of sorted) {
    const last = merged.at(-1);
    if (last === undefined || next.start > last.end) {
      merged.push(next);
      continue;
    }
    const namer = last.stated || !next.stated ? last : next;
    merged[merged.length - 1] = {
      start: last.start,
      end: Math.max(last.end, next.end),
      cause: namer.cause,
      stated: namer.stated,
    };
  }
  return merged;
}

/** The stretch of a `blind` event; one without an end lasts until `runEnd`. */
export function statedStretch(event: RunEvent, runEnd: RunNs): Stretch {
  return {
    start: event.at,
    end: Math.max(event.at, event.end ?? runEnd),
    cause: causeOf(event.what),
    stated: true,
  };
}

/** How long any of the stretches lasted, overlaps counted once. */
export function blindTime(stretches: readonly Stretch[]): DurationNs {
  return mergeStretches(stretches).reduce((sum, { start, end }) => sum + (end - start), 0);
}

/** Ties must not depend on the order of arrival. */
function order(stretch: Stretch): number {
  return BLIND_CAUSES.indexOf(stretch.cause) - (stretch.stated ? BLIND_CAUSES.length : 0);
}

/** What is not in the list cannot be named, but is blind all the same. */
function causeOf(text: string): BlindCause {
  return BLIND_CAUSES.find((cause) => cause === text) ?? 'unrecorded';
}
