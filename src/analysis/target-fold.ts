import type { TargetAnalysis } from '../model/analysis.ts';
import { lossUpperBoundPct } from '../model/loss-bound.ts';
import type { Phase } from '../model/phase.ts';
import type { PlannedTarget } from '../model/plan.ts';
import { FLAG, type SampleBatch } from '../model/sample.ts';
import type { DurationNs, RunNs } from '../model/time.ts';
import { createBlindRows, type Stretch } from './blind-spans.ts';
import { type CalmRows, calmUntil } from './calm-rows.ts';
import { createCounts } from './counts.ts';
import { createLatency, usableLatency } from './latency.ts';
import { type BareOutage, createOutages } from './outages.ts';
import { createReorder } from './reorder.ts';
import { createRequestTimes } from './request-times.ts';
import { createResolution } from './resolution.ts';
import { type Row, rowOf } from './row.ts';

/** What one target's rows lead to elsewhere. */
export type TargetFoldOptions = {
  readonly target: PlannedTarget;
  readonly phaseAt: (due: RunNs) => Phase | null;
  readonly onBlind: (stretch: Stretch) => void;
  readonly onLatency: (due: RunNs, latency: DurationNs) => void;
};

/** A target's figures without what needs the rest of the run: the context of its outages. */
export type TargetFigures = Omit<TargetAnalysis, 'outages'> & {
  readonly outages: readonly BareOutage[];
};

/** All folds of one target, each given its rows once and in order of seq. */
export function createTargetFold(options: TargetFoldOptions) {
  const { target, phaseAt, onBlind, onLatency } = options;
  const counts = createCounts();
  const outages = createOutages();
  const latency = createLatency();
  const requests = createRequestTimes();
  const resolution = createResolution();
  const blind = createBlindRows(onBlind);
  const answers = { late: 0, duplicate: 0, reordered: 0, closedIdle: 0 };
  let cached: {
    readonly phase: Phase | null;
    readonly count: number;
    readonly p99: number | null;
  } = {
    phase: null,
    count: 0,
    p99: null,
  };

  const fold = (row: Row) => {
    const phase = phaseAt(row.due);
    counts.add(row, phase);
    outages.add(row);
    latency.add(row, phase);
    requests.add(row, phase);
    resolution.add(row);
    blind.add(row);
    if ((row.flags & FLAG.late) !== 0) answers.late += 1;
    const usable = usableLatency(row);
    if (usable !== null) onLatency(row.due, usable);
  };
  const reorder = createReorder(target.intervalNs, fold);
  const foldCalm = (rows: CalmRows, phase: Phase | null) => {
    const { batch, from, to } = rows;
    counts.addOk(to - from, phase);
    outages.calm(batch.sent[to - 1] ?? 0);
    latency.addCalm(rows, phase);
    resolution.addCalm(rows);
    for (let row = from; row < to; row++) onLatency(batch.due[row] ?? 0, batch.latency[row] ?? 0);
  };
  /** Folds rows from `from` on that are calm and find this target calm, all of one phase; returns where they end. */
  const addCalm = (batch: SampleBatch, from: number, to: number): number => {
    if (outages.since() !== null || blind.isOpen()) return from;
    let end = calmUntil(batch, from, to);
    if (end === from) return from;
    const phase = phaseAt(batch.due[from] ?? 0);
    if (phaseAt(batch.due[end - 1] ?? 0) !== phase) {
      end = from + 1;
      while (phaseAt(batch.due[end] ?? 0) === phase) end++;
    }
    if (!reorder.pass(batch.seq[from] ?? 0, end - from, batch.due[end - 1] ?? 0)) return from;
    foldCalm({ batch, from, to: end }, phase);
    return end;
  };

  return {
    name: target.name,
    counts: counts.whole,
    outages: { since: outages.since, count: outages.count },
    blindNow: blind.current,
    /** Rows [from, to) of a batch, all of this target. */
    add: (batch: SampleBatch, from: number, to: number) => {
      for (let row = from; row < to; ) {
        const end = addCalm(batch, row, to);
        if (end === row) reorder.add(rowOf(batch, row++));
        else row = end;
      }
    },
    reply: (what: string, count: number) => {
      if (what === 'closed-idle') answers.closedIdle += count;
      else if (what === 'late' || what === 'duplicate' || what === 'reordered')
        answers[what] += count;
    },
    /**
     * 99th percentile of the phase now, as last computed; `mayCompute` is asked before it is computed anew, which costs tens
     * of µs.
     */
    p99: (phase: Phase | null, mayCompute: () => boolean): number | null => {
      const count = latency.count(phase);
      if (count === 0) return null;
      const fresh = cached.phase === phase && cached.count === count;
      if (!fresh && mayCompute()) cached = { phase, count, p99: latency.p99() };
      return cached.phase === phase ? cached.p99 : null;
    },
    /** Passes on what is still held back, and the rows missing up to `until`. Once, before `figures`. */
    close: (until: RunNs | null) => {
      reorder.finish(until);
    },
    figures: (runEnd: RunNs): TargetFigures => {
      blind.finish(runEnd);
      const tally = counts.finish();
      const { usable, atMost } = latency.finish();
      const { ok, lost, failed } = tally.counts;
      const attempts = ok + lost + failed;
      return {
        name: target.name,
        intervalNs: target.intervalNs,
        timeoutNs: target.timeoutNs,
        ...tally,
        ...answers,
        lossPct: attempts === 0 ? null : ((lost + failed) / attempts) * 100,
        resolutionNs: resolution.finish(),
        lossUpperBoundPct: lossUpperBoundPct(lost + failed, attempts),
        outages: outages.finish(),
        latency: usable,
        latencyAtMost: atMost,
        requests: requests.finish(),
      };
    },
  };
}
