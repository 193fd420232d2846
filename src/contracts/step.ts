import type { z } from 'zod';
import type { Kubernetes } from '../platform/kubernetes.ts';
import type { Logger } from '../platform/log.ts';

/** One kind of upgrade step, as listed in src/upgrade/index.ts; the scenario schema and docs are made from this. */
export type StepKind<Config = unknown> = {
  /** The key in a scenario: `setImage`. */
  readonly kind: string;
  readonly summary: string;
  /** Strict zod object; every field has a `.describe()`. */
  readonly config: z.ZodType<Config>;
  /** For a step without a name: `set image of keystone-api to kolla/keystone:2025.2`. */
  readonly describe: (config: Config) => string;
  /** True when the step talks to the cluster. */
  readonly needsCluster: boolean;
  /** Does it, and resolves when it is done or has failed. Throws only for bugs. */
  readonly run: (config: Config, context: StepContext) => Promise<StepResult>;
};

export type StepResult =
  | { readonly result: 'ok' }
  | { readonly result: 'failed'; readonly why: string };

export type StepContext = {
  readonly kubernetes: () => Promise<Kubernetes>;
  readonly log: Logger;
  /** Aborted when the run is interrupted: end soon, leave nothing running. */
  readonly signal: AbortSignal;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How far it is, for the live view: 0 to 1 and a line. */
  readonly progress: (fraction: number | null, line: string) => void;
};

/** A kind for the list in src/upgrade/index.ts: its config type is known only to itself from there on. */
export function stepKind<Config>(kind: StepKind<Config>): StepKind {
  return kind as unknown as StepKind;
}
