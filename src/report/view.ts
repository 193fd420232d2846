import type {
  Counts,
  Outage,
  ProbeAnalysis,
  RunAnalysis,
  TargetAnalysis,
  WorkloadAnalysis,
} from '../model/analysis.ts';
import type { ExportAccount } from '../model/export.ts';
import type { RunAnchor, RunNs } from '../model/time.ts';
import type { Judgement } from '../model/verdict.ts';
import { type ExportedView, exportedView } from './exported.ts';

/** What every format of the report is made from. */
export type ReportView = {
  readonly rollproofVersion: string;
  readonly anchor: RunAnchor;
  readonly analysis: RunAnalysis;
  readonly judgement: Judgement;
  /** From the start of the first phase to the last instant anything was seen. */
  readonly start: RunNs;
  readonly end: RunNs;
  readonly probes: readonly ProbeView[];
  /** Of all targets, by time. */
  readonly outages: readonly OutageView[];
  /** How far the points have come in the time-series store; null where there is none. */
  readonly exported: ExportedView | null;
};

export type OutageView = Outage & {
  readonly probe: string;
  readonly target: string;
  readonly control: boolean;
};

export type ProbeView = Omit<ProbeAnalysis, 'workloads'> & {
  readonly counts: Counts;
  /** Worst first: those with outages by their length, then those with attempts unsent, then as planned. */
  readonly worstFirst: readonly TargetAnalysis[];
  readonly workloads: readonly WorkloadView[];
};

export type WorkloadView = {
  readonly kind: string;
  readonly name: string;
  /** The fewest seen; null when it was never seen. */
  readonly readyMin: number | null;
  /** The last known. */
  readonly desired: number | null;
  readonly floor: number | null;
  /** More than at first sight. */
  readonly restarts: number | null;
};

/** What the analysis found and the verdict says → what is to be told. */
export function reportView(input: {
  readonly analysis: RunAnalysis;
  readonly judgement: Judgement;
  readonly anchor: RunAnchor;
  readonly rollproofVersion: string;
  readonly exported: ExportAccount | null;
  /** Of the run, as the command line names it. */
  readonly directory: string;
}): ReportView {
  const { exported, directory, ...rest } = input;
  const { analysis } = input;
  const outages = analysis.probes.flatMap((probe) =>
    probe.targets.flatMap((target) =>
      target.outages.map((outage) => ({
        ...outage,
        probe: probe.name,
        target: target.name,
        control: probe.control,
      })),
    ),
  );
  const start = Math.min(analysis.end, ...analysis.phases.map((phase) => phase.start));
  return {
    ...rest,
    exported: exported === null ? null : exportedView(exported, directory),
    start,
    end: analysis.end,
    probes: analysis.probes.map(probeView),
    outages: outages.toSorted((a, b) => a.start - b.start),
  };
}

function probeView(probe: ProbeAnalysis): ProbeView {
  return {
    ...probe,
    counts: sumOf(probe.targets.map(({ counts }) => counts)),
    worstFirst: probe.targets.toSorted((a, b) => badness(b) - badness(a)),
    workloads: probe.workloads.map(workloadView),
  };
}

function sumOf(all: readonly Counts[]): Counts {
  const total = { due: 0, ok: 0, lost: 0, failed: 0, unsent: 0 };
  for (const one of all) {
    total.due += one.due;
    total.ok += one.ok;
    total.lost += one.lost;
    total.failed += one.failed;
    total.unsent += one.unsent;
  }
  return total;
}

/** Any outage weighs more than any number of attempts unsent. */
function badness({ counts, outages }: TargetAnalysis): number {
  const out = outages.reduce((sum, { atLeastNs }) => sum + atLeastNs, 0);
  return (out + counts.lost + counts.failed) * 1e6 + counts.unsent;
}

function workloadView({ kind, name, points }: WorkloadAnalysis): WorkloadView {
  const first = points[0];
  const last = points.at(-1);
  if (first === undefined || last === undefined) {
    return { kind, name, readyMin: null, desired: null, floor: null, restarts: null };
  }
  return {
    kind,
    name,
    readyMin: points.reduce((least, { ready }) => Math.min(least, ready), first.ready),
    desired: last.desired,
    floor: last.floor,
    restarts: points.reduce((most, { restarts }) => Math.max(most, restarts), 0) - first.restarts,
  };
}

/** Order: by the length seen for certain, then by what it may have been at most. */
export function longestFirst(a: Outage, b: Outage): number {
  const most = ({ atMostNs }: Outage) => atMostNs ?? Number.MAX_VALUE;
  return b.atLeastNs - a.atLeastNs || most(b) - most(a);
}

/** A long list of targets → those to show, and a line for the rest: `97 more targets, all ok`. */
export function condense(
  probe: ProbeView,
  limit: number,
): { readonly shown: readonly TargetAnalysis[]; readonly rest: string | null } {
  const shown = probe.worstFirst.slice(0, limit);
  const rest = probe.worstFirst.slice(limit);
  if (rest.length === 0) return { shown: probe.targets, rest: null };
  const bad = rest.filter(({ counts }) => counts.lost + counts.failed > 0).length;
  const unsent = rest.filter(({ counts }) => counts.unsent > 0).length;
  const unseen = rest.filter(({ counts }) => counts.ok + counts.lost + counts.failed === 0).length;
  const notes = [
    bad > 0 ? `${String(bad)} with losses` : '',
    unsent > 0 ? `${String(unsent)} with attempts unsent` : '',
    unseen > 0 ? `${String(unseen)} without a sample that counts` : '',
  ].filter((note) => note !== '');
  const state = notes.length === 0 ? 'all ok' : notes.join(', ');
  return { shown, rest: `and ${String(rest.length)} more, ${state}` };
}
