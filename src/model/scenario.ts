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

/** Where points go as they are recorded. What is null comes from INFLUX_URL, INFLUX_ORG, INFLUX_BUCKET and INFLUX_TOKEN. */
export type InfluxSettings = {
  readonly url: string | null;
  readonly org: string | null;
  readonly bucket: string | null;
  readonly token: string | null;
  /** A store that cannot be written to ends the run before anything is upgraded; else it is a warning. */
  readonly required: boolean;
  /** How long the run waits at its end for the store to take what is left. */
  readonly catchUpNs: DurationNs;
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
  readonly store: { readonly influx: InfluxSettings } | null;
  /** The scenario as resolved, as YAML, secrets replaced by `***`. */
  readonly resolvedYaml: string;
  /** Values that must never reach a log, a run file or a report. */
  readonly secrets: readonly string[];
};
