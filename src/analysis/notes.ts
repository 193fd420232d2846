import type { ProbeNote } from '../model/analysis.ts';
import type { RunEvent } from '../model/event.ts';

/** Kept of one probe; a service that flaps between two versions for a day must not fill the memory. */
const KEPT = 1_000;

/** `probe` events: what a probe found worth a line, in order of time. */
export function createNotes() {
  const notes: ProbeNote[] = [];
  return {
    event: ({ at, target, subject, what, detail }: RunEvent) => {
      if (notes.length === KEPT) return;
      notes.push({ at, target, subject: subject?.name ?? null, what, detail });
    },
    finish: (): readonly ProbeNote[] => notes.toSorted((a, b) => a.at - b.at),
  };
}
