import type { Counts } from '../model/analysis.ts';
import { PHASES, type Phase } from '../model/phase.ts';
import { OUTCOMES, type Reason } from '../model/sample.ts';
import type { Row } from './row.ts';

export type TargetCounts = {
  readonly counts: Counts;
  readonly phases: Readonly<Record<Phase, Counts>>;
  readonly reasons: Readonly<Partial<Record<Reason, number>>>;
};

type Tally = { -readonly [Key in keyof Counts]: Counts[Key] };

/** Attempts of one target by outcome, of the whole run and by phase; reasons of those that were not ok. */
export function createCounts() {
  const whole = zero();
  const phases: Record<Phase, Tally> = { baseline: zero(), upgrade: zero(), settle: zero() };
  const reasons: Partial<Record<Reason, number>> = {};
  return {
    /** Live: the tally changes as rows are added. */
    whole: whole as Counts,
    add: (row: Row, phase: Phase | null) => {
      count(whole, row);
      if (phase !== null) count(phases[phase], row);
      if (row.outcome !== 'ok') reasons[row.reason] = (reasons[row.reason] ?? 0) + 1;
    },
    /** So many attempts that were ok. */
    addOk: (count: number, phase: Phase | null) => {
      for (const tally of phase === null ? [whole] : [whole, phases[phase]]) {
        tally.due += count;
        tally.ok += count;
      }
    },
    finish: (): TargetCounts => ({ counts: whole, phases, reasons }),
  };
}

/** Counts added up. */
export function sumCounts(all: Iterable<Counts>): Counts {
  const sum = zero();
  for (const counts of all) {
    sum.due += counts.due;
    for (const outcome of OUTCOMES) sum[outcome] += counts[outcome];
  }
  return sum;
}

/** True when phases are part of the whole and outcomes add up to what was due: what every analysis must hold. */
export function sumsClose({ counts, phases }: TargetCounts): boolean {
  const closes = (c: Counts) => c.due === c.ok + c.lost + c.failed + c.unsent;
  const within = sumCounts(PHASES.map((phase) => phases[phase]));
  return (
    [counts, ...PHASES.map((phase) => phases[phase])].every(closes) &&
    OUTCOMES.every((outcome) => within[outcome] <= counts[outcome])
  );
}

function zero(): Tally {
  return { due: 0, ok: 0, lost: 0, failed: 0, unsent: 0 };
}

function count(tally: Tally, row: Row): void {
  tally.due += 1;
  tally[row.outcome] += 1;
}
