import type { PhaseSpan } from '../model/analysis.ts';
import type { RunEvent } from '../model/event.ts';
import { PHASES, type Phase } from '../model/phase.ts';
import type { RunNs } from '../model/time.ts';

/**
 * Phase events → spans, and the phase of a time. A phase reaches to the start of the next (the moment between an end
 * and a start belongs to the earlier one, so that nothing due falls between two); the last reaches to its own end.
 */
export function createPhases() {
  const spans: { readonly phase: Phase; readonly start: RunNs; end: RunNs | null }[] = [];
  return {
    event: (event: RunEvent) => {
      const phase = PHASES.find((name) => name === event.subject?.name);
      if (phase === undefined) return;
      const known = spans.find((span) => span.phase === phase);
      if (event.what === 'start' && known === undefined) {
        spans.push({ phase, start: event.at, end: null });
        spans.sort((a, b) => a.start - b.start);
      }
      if (event.what === 'end' && known !== undefined) known.end = event.at;
    },
    at: (time: RunNs): Phase | null => {
      for (let index = spans.length - 1; index >= 0; index--) {
        const span = spans[index];
        if (span === undefined || time < span.start) continue;
        const over = index === spans.length - 1 && span.end !== null && time >= span.end;
        return over ? null : span.phase;
      }
      return null;
    },
    /** The phase the run is in now. */
    current: (): Phase | null => {
      const last = spans.at(-1);
      return last === undefined || last.end !== null ? null : last.phase;
    },
    finish: (): readonly PhaseSpan[] => spans.map((span) => ({ ...span })),
  };
}
