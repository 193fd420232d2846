import type { z } from 'zod';
import type { CodedError } from '../errors/coded-error.ts';
import type { RunEvent } from '../model/event.ts';
import type { Phase } from '../model/phase.ts';
import type { PlannedTarget } from '../model/plan.ts';
import type { Outcome, Reason, Timings } from '../model/sample.ts';
import type { DurationNs, RunNs } from '../model/time.ts';

/**
 * One kind of probe, as listed in probes/index.ts. Scenario schema, `--help`, docs/scenario-reference.md and the
 * objective grammar are made from this. `Config` must be plain data: it crosses to another thread or process.
 */
export type ProbeKind<Config = unknown> = {
  /** The key in a scenario: `icmp`. */
  readonly kind: string;
  readonly summary: string;
  /** Strict zod object; every field has a `.describe()`. Scalars come from contracts/scalars.ts. */
  readonly config: z.ZodType<Config>;
  /** What measures, which may depend on what this machine can do. */
  readonly worker: (config: Config) => Promise<ProbeWorker>;
  /** Metrics its objectives may name. */
  readonly metrics: readonly MetricName[];
  /** Objectives when the scenario declares none, without the probe's name: `loss == 0%`. */
  readonly defaultObjectives: readonly string[];
  /** Pure: the targets and their schedule. Empty for a probe that watches. */
  readonly targets: (config: Config) => readonly PlannedTarget[];
  /**
   * What stands between this machine and measuring: a missing capability, an unreadable file, a refused login.
   * Runs before anything is upgraded; anything returned ends the run with that error's exit code (5).
   */
  readonly preflight: (config: Config, env: ProbeEnvironment) => Promise<readonly CodedError[]>;
};

export type ProbeWorker = {
  /** The module that measures; it exports `open: OpenProbe<Config>`. */
  readonly module: URL;
  /** Where it runs: a worker thread, or a child process for code that cannot live in a thread. */
  readonly isolation: 'thread' | 'process';
};

/** Measured attempts give the first group, watching gives the second. */
export const ATTEMPT_METRICS = [
  'due',
  'ok',
  'lost',
  'failed',
  'loss',
  'outage.longest',
  'outage.total',
  'outage.count',
  'latency.min',
  'latency.mean',
  'latency.p50',
  'latency.p90',
  'latency.p99',
  'latency.p99.9',
  'latency.max',
] as const;
/** Of probes that tell the stages of a request apart: from the due time on, the verifier's own lateness included. */
export const RESPONSE_METRICS = [
  'response.min',
  'response.mean',
  'response.p50',
  'response.p90',
  'response.p99',
  'response.p99.9',
  'response.max',
] as const;
export const WATCH_METRICS = ['ready.min', 'ready.shortfall', 'restarts'] as const;
export type MetricName =
  | (typeof ATTEMPT_METRICS)[number]
  | (typeof RESPONSE_METRICS)[number]
  | (typeof WATCH_METRICS)[number];

/** Environment variables, read once by main.ts. */
export type ProbeEnvironment = { readonly env: Readonly<Record<string, string | undefined>> };

/** What a measuring module is given in its worker. */
export type ProbeContext = ProbeEnvironment & {
  readonly probe: string;
  readonly targets: readonly PlannedTarget[];
  /** Now, on the run's base. */
  readonly now: () => RunNs;
  /** Records an event; `probe` is filled in. */
  readonly emit: (event: Omit<RunEvent, 'probe'>) => void;
  /**
   * Time (ns) this worker's event loop did not turn since `since` (late timers beyond 10 ms count). What failed while
   * it was considerable may be the verifier's doing; the engine weighs that, a probe only must not invent a failure.
   */
  readonly stalledSince: (since: RunNs) => number;
};

/** Opens sockets, logs in, lists: everything that must work before the run. Throws CodedError (exit 5) if it cannot. */
export type OpenProbe<Config> = (config: Config, context: ProbeContext) => Promise<Measurer>;

export type Measurer = AttemptMeasurer | PacedMeasurer | WatchMeasurer;

type MeasurerBase = {
  /** How it measures, for the report: `net-ping, raw socket`. */
  readonly engine: string | null;
  /** The run has entered a phase. */
  readonly phase?: (phase: Phase) => void;
  /** Frees everything; after the last attempt has ended. */
  readonly close: () => Promise<void>;
};

/** The engine paces; the probe makes one attempt at a time and never retries, caches or fails over on its own. */
export type AttemptMeasurer = MeasurerBase & {
  readonly type: 'attempts';
  /**
   * Makes attempt `seq` of `targets[target]` now and resolves with what became of it, at the latest shortly after
   * its timeout. Must not reject: a rejection is a bug of the probe and recorded as `unsent`.
   */
  readonly attempt: (target: number, seq: number) => Promise<AttemptResult>;
};

/** The probe wakes itself for what is due, to measure in time that an event loop cannot keep. When it is due, the engine says. */
export type PacedMeasurer = MeasurerBase & {
  readonly type: 'paced';
  /**
   * Makes every attempt that `schedule` gives out, from now on, and puts exactly one row for each. The returned function is called when the
   * schedule has ended, and resolves when the last attempt has its row.
   */
  readonly start: (schedule: Schedule, put: PutRow) => () => Promise<void>;
};

export type Schedule = {
  /** Due time of the next attempt; Infinity when there is none (any more). */
  readonly next: () => RunNs;
  /** Gives out what is due at `now` and can still leave in time; what cannot has its row already. */
  readonly take: (now: RunNs, attempt: (target: number, seq: number, due: RunNs) => void) => void;
};

/**
 * One row. `sent` and `latency` are NaN where there is none. The engine makes `unsent` of an attempt that left too late, whatever became of
 * it; how long the process stood still is weighed by the probe.
 */
export type PutRow = (
  target: number,
  seq: number,
  due: RunNs,
  sent: RunNs,
  latency: DurationNs,
  outcome: Outcome,
  reason: Reason,
  flags: number,
  detail: string | null,
) => void;

/** The probe runs its own loop and emits events; `run` resolves after `stop` is aborted. */
export type WatchMeasurer = MeasurerBase & {
  readonly type: 'watch';
  readonly run: (stop: AbortSignal) => Promise<void>;
};

export type AttemptResult = {
  readonly outcome: Outcome;
  readonly reason: Reason;
  /** When it left, run ns; null if it never did. */
  readonly sent: RunNs | null;
  /** From sent to the whole answer, ns; null without an answer. */
  readonly latency: number | null;
  /** The answer was read after its deadline; outcome is then `ok`, and the engine weighs whether it may be (FLAG.late). */
  readonly late?: boolean;
  /** When the outcome was known, run ns, where that was before now: a stall that came later cannot have made it. */
  readonly knownAt?: RunNs;
  readonly detail?: string;
  /** How long each stage took, where the probe tells them apart. */
  readonly timings?: Timings;
};

/** A kind for the list in probes/index.ts: its config type is known only to itself from there on. */
export function probeKind<Config>(kind: ProbeKind<Config>): ProbeKind {
  return kind as unknown as ProbeKind;
}
