import type { LatencyByPhase, LatencySummary, TargetAnalysis } from '../model/analysis.ts';
import { ofEachStage } from '../model/sample-batch.ts';
import { NS_PER_MS, type RunAnchor, wallTime } from '../model/time.ts';
import type { LatencyMs, VerdictFile, VerdictTarget } from '../model/verdict-file.ts';
import type { ReportView } from './view.ts';

/** verdict.json: its keys are a public interface (DESIGN.md). Times ISO 8601 with ns; lengths in ms. */
export function verdictFile(view: ReportView): VerdictFile {
  const { analysis, judgement, anchor } = view;
  const time = (at: number) => wallTime(anchor, at);
  const timeOrNull = (at: number | null) => (at === null ? null : time(at));
  return {
    schema: 1,
    run: analysis.run,
    scenario: analysis.scenario,
    verdict: judgement.verdict,
    exitCode: judgement.exitCode,
    why: judgement.why,
    objectives: judgement.objectives.map(({ text, expected, observed, verdict, why }) => ({
      text,
      expected,
      observed,
      verdict,
      why,
    })),
    probes: view.probes.map(({ name, kind, control, engine, ...probe }) => ({
      name,
      kind,
      control,
      engine,
      targets: probe.targets.map((target) => verdictTarget(target, anchor)),
      workloads: probe.workloads,
      replicas: probe.replicas.map((replica) => ({
        kind: replica.kind,
        name: replica.name,
        uid: replica.uid,
        ok: replica.ok,
        unsuccessful: replica.unsuccessful,
        down: replica.down.map(({ start, end, checks, reason }) => ({
          start: time(start),
          end: time(end),
          checks,
          reason,
        })),
        latencyMs: latencyMs(replica.latency),
      })),
      tokenPairs: probe.tokenPairs.map((pair) => ({
        ...pair,
        firstRefused: timeOrNull(pair.firstRefused),
        lastRefused: timeOrNull(pair.lastRefused),
      })),
      notes: probe.notes.map(({ at, target, what, detail }) => ({
        at: time(at),
        target,
        what,
        detail,
      })),
    })),
    blind: analysis.blind.map(({ probe, start, end, cause }) => ({
      probe,
      start: time(start),
      end: time(end),
      cause,
    })),
    steps: analysis.steps.map(({ name, kind, start, end, result, why }) => ({
      name,
      kind,
      start: timeOrNull(start),
      end: timeOrNull(end),
      result,
      why,
    })),
    export: exportOf(view),
  };
}

function exportOf({ exported }: ReportView): VerdictFile['export'] {
  if (exported === null) return null;
  const { url, org, bucket, recorded, sent, accepted, refused, missing } = exported;
  const { firstRefusal, problem, command } = exported;
  const counts = { recorded, sent, accepted, refused, missing };
  return { url, org, bucket, ...counts, firstRefusal, problem, command };
}

function verdictTarget(target: TargetAnalysis, anchor: RunAnchor): VerdictTarget {
  const {
    name,
    counts,
    late,
    duplicate,
    reordered,
    closedIdle,
    lossPct,
    resolutionNs,
    lossUpperBoundPct,
  } = target;
  const { due, ok, lost, failed, unsent } = counts;
  const { requests } = target;
  return {
    name,
    due,
    ok,
    lost,
    failed,
    unsent,
    late,
    duplicate,
    reordered,
    closedIdle,
    lossPct,
    resolutionMs: msOrNull(resolutionNs),
    lossUpperBoundPct,
    outages: target.outages.map((outage) => ({
      start: wallTime(anchor, outage.start),
      end: wallTime(anchor, outage.end),
      atLeastMs: ms(outage.atLeastNs),
      atMostMs: msOrNull(outage.atMostNs),
      reason: outage.reason,
      phase: outage.phase,
      step: outage.step,
      sharedWith: outage.sharedWith,
      suspects: outage.suspects.map((suspect) => ({
        kind: suspect.kind,
        name: suspect.name,
        what: suspect.what,
        at: wallTime(anchor, suspect.at),
      })),
    })),
    latencyMs: byPhaseMs(target.latency),
    responseMs: requests === null ? null : byPhaseMs(requests.response),
    stagesMs: requests === null ? null : ofEachStage((stage) => byPhaseMs(requests.stages[stage])),
  };
}

function byPhaseMs({ baseline, upgrade, settle }: LatencyByPhase) {
  return {
    baseline: latencyMs(baseline),
    upgrade: latencyMs(upgrade),
    settle: latencyMs(settle),
  };
}

function latencyMs(summary: LatencySummary | null): LatencyMs | null {
  if (summary === null) return null;
  const { min, mean, p50, p90, p99, p999, max } = summary;
  return {
    min: ms(min),
    mean: ms(mean),
    p50: ms(p50),
    p90: ms(p90),
    p99: ms(p99),
    p999: ms(p999),
    max: ms(max),
  };
}

/** ns → ms, to the ns. */
function ms(ns: number): number {
  return Math.round(ns) / NS_PER_MS;
}

function msOrNull(ns: number | null): number | null {
  return ns === null ? null : ms(ns);
}
