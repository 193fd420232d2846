import type { BlindCause, RunEvent } from '../model/event.ts';
import type { RunNs } from '../model/time.ts';

/** The event for a span in which a probe could not observe. */
export function blindSpan(at: RunNs, end: RunNs, what: BlindCause): Omit<RunEvent, 'probe'> {
  const nothing = { target: null, subject: null, serverTime: null };
  return { kind: 'blind', at, end, what, detail: {}, ...nothing };
}
