import type { DurationNs } from './time.ts';

/** A probe as the scenario declares it; `config` is what the kind's own schema made of it. */
export type ScenarioProbe = {
  readonly name: string;
  readonly kind: string;
  readonly control: boolean;
  readonly config: unknown;
};

export type ScenarioStep = {
  readonly name: string;
  readonly kind: string;
  readonly config: unknown;
};

/** A scenario after validation: defaults filled in, durations in ns, variables replaced. */
export type Scenario = {
  readonly name: string;
  readonly probes: readonly ScenarioProbe[];
  readonly baselineNs: DurationNs;
  /** Null when the scenario has no `upgrade` of its own: a COMMAND must be given. */
  readonly upgrade: readonly ScenarioStep[] | null;
  readonly settleNs: DurationNs;
  /** Null when not declared: the defaults of the probes apply. */
  readonly objectives: readonly string[] | null;
  /** The scenario as resolved, as YAML, secrets replaced by `***`. */
  readonly resolvedYaml: string;
  /** Values that must never reach a log, a run file or a report. */
  readonly secrets: readonly string[];
};
