import { PHASES, type Phase } from '../../model/phase.ts';
import type { RunNs } from '../../model/time.ts';

/** A `phase` or `step` event: which, whether it begins or ends, and when. */
export type Boundary = {
  readonly kind: 'phase' | 'step';
  readonly name: string;
  readonly what: string;
  readonly at: RunNs;
};

export type Moment = { readonly phase: Phase | null; readonly step: string | null };

type Span = { readonly name: string; readonly start: RunNs; end: RunNs | null };

/**
 * Boundaries → the phase and step in which a time falls. A phase reaches to the start of the next, the last to its own end, as in the
 * analysis; a step reaches to its end.
 *
 * What is said of a time depends on boundaries at or before it alone, so it can be asked as soon as these are known: a point keeps its
 * tags however often it is sent.
 */
export function createTimeline() {
  const spans: { readonly phase: Span[]; readonly step: Span[] } = { phase: [], step: [] };
  return {
    add: ({ kind, name, what, at }: Boundary) => {
      const list = spans[kind];
      if (what === 'start') {
        list.push({ name, start: at, end: null });
        list.sort((a, b) => a.start - b.start);
      } else if (what === 'end') {
        const span = list.findLast((each) => each.name === name);
        if (span !== undefined) span.end = at;
      }
    },
    at: (time: RunNs): Moment => {
      const last = spans.phase.at(-1);
      const holding = spans.phase.findLast(({ start }) => start <= time);
      const over = holding === last && last?.end != null && time >= last.end;
      const phase = over ? undefined : PHASES.find((each) => each === holding?.name);
      const step = spans.step.findLast(({ start }) => start <= time);
      const within = step !== undefined && (step.end === null || time <= step.end);
      return { phase: phase ?? null, step: within ? step.name : null };
    },
  };
}

export type Timeline = ReturnType<typeof createTimeline>;
