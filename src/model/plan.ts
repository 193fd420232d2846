import type { DurationNs, RunNs } from './time.ts';

/** One target of a probe and its schedule: attempt `seq` is due at start + offset + seq × interval. */
export type PlannedTarget = {
  readonly name: string;
  readonly intervalNs: DurationNs;
  readonly timeoutNs: DurationNs;
  readonly offsetNs: DurationNs;
};

/** A probe of a run as planned. A probe without targets only emits events (it watches). */
export type PlannedProbe = {
  readonly name: string;
  readonly kind: string;
  readonly control: boolean;
  readonly targets: readonly PlannedTarget[];
  /** How it measures, for the report: `net-ping, raw socket`. Known after the probe has opened. */
  readonly engine: string | null;
};

/** An upgrade step as planned. */
export type PlannedStep = {
  readonly name: string;
  readonly kind: string;
};

/** What a run set out to do: everything the analysis needs to know beside samples and events. */
export type RunPlan = {
  readonly run: string;
  readonly scenario: string;
  readonly probes: readonly PlannedProbe[];
  readonly steps: readonly PlannedStep[];
  /** The text of each objective, defaults included. */
  readonly objectives: readonly string[];
};

/** Due time of an attempt, for a schedule that starts at `start`. */
export function dueTime(target: PlannedTarget, start: RunNs, seq: number): RunNs {
  return start + target.offsetNs + seq * target.intervalNs;
}
