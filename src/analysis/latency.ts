import type { LatencyByPhase, LatencySummary } from '../model/analysis.ts';
import type { Phase } from '../model/phase.ts';
import { FLAG } from '../model/sample.ts';
import type { DurationNs } from '../model/time.ts';
import type { CalmRows } from './calm-rows.ts';
import { createLatencies } from './latencies.ts';
import type { Row } from './row.ts';

/** Latency over the rows that are ok and were not touched by a stall of the verifier. */
export function usableLatency(row: Row): DurationNs | null {
  return isDisturbed(row) ? null : answerTime(row);
}

export function isDisturbed({ flags }: Row): boolean {
  return (flags & (FLAG.disturbed | FLAG.late)) !== 0;
}

/** From sending to when the answer was read. */
export function answerTime({ outcome, latency }: Row): DurationNs | null {
  return outcome === 'ok' && latency !== null && latency >= 0 ? latency : null;
}

export type PhasedLatency = {
  /** Of the undisturbed answers. */
  readonly usable: LatencyByPhase;
  /** With the disturbed ones, where there are any. */
  readonly atMost: LatencyByPhase;
};

/**
 * Times of one target by phase; `timeOf` says which time of a row, null where it has none. Rows come in order of due time, so a phase is over when the next one's first row comes: its
 * histogram becomes a summary of eight numbers and is used again. Thousands of targets hold one histogram (some tens of KB) each,
 * and those with disturbed answers another one.
 *
 * Disturbed answers are not simply left out: the slower an answer, the likelier that a stall falls into it, so the rest would look
 * faster than the target was. They have a bound: none took longer than until it was read.
 */
export function createLatency(timeOf: (row: Row) => DurationNs | null = answerTime) {
  const done = noSummaries();
  const doneAtMost = noSummaries();
  let phase: Phase | null = null;
  const usable = createLatencies();
  const disturbed = createLatencies();

  const close = () => {
    if (phase === null) return;
    done[phase] = usable.summary();
    if (disturbed.count() > 0) {
      disturbed.pour(usable.all());
      doneAtMost[phase] = disturbed.summary();
    }
    usable.reset();
    disturbed.reset();
  };

  return {
    add: (row: Row, inPhase: Phase | null) => {
      const latency = timeOf(row);
      if (inPhase === null || latency === null) return;
      if (inPhase !== phase) close();
      phase = inPhase;
      (isDisturbed(row) ? disturbed : usable).add(latency);
    },
    addCalm: ({ batch, from, to }: CalmRows, inPhase: Phase | null) => {
      if (inPhase === null) return;
      if (inPhase !== phase) close();
      phase = inPhase;
      for (let row = from; row < to; row++) usable.add(batch.latency[row] ?? 0);
    },
    /** Usable samples so far of the phase now. */
    count: (inPhase: Phase | null): number =>
      inPhase !== null && inPhase === phase ? usable.count() : 0,
    /** Of the phase now: walks the histogram (tens of µs). */
    p99: usable.p99,
    finish: (): PhasedLatency => {
      close();
      phase = null;
      return { usable: done, atMost: doneAtMost };
    },
  };
}

export function noSummaries(): Record<Phase, LatencySummary | null> {
  return { baseline: null, upgrade: null, settle: null };
}
