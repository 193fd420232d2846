import type { Json } from './event.ts';
import type { Phase } from './phase.ts';
import type { Reason, Stage } from './sample.ts';
import type { ObjectiveResult, VerdictName } from './verdict.ts';

/**
 * verdict.json, schema 1: a public interface. Times are ISO 8601 with ns; a key with nothing to say is null,
 * never absent.
 */
export type VerdictFile = {
  readonly schema: 1;
  readonly run: string;
  readonly scenario: string;
  readonly verdict: VerdictName;
  readonly exitCode: number;
  readonly why: string | null;
  readonly objectives: readonly ObjectiveResult[];
  readonly probes: readonly {
    readonly name: string;
    readonly kind: string;
    readonly control: boolean;
    readonly engine: string | null;
    readonly targets: readonly VerdictTarget[];
    readonly workloads: readonly {
      readonly kind: string;
      readonly name: string;
      readonly readyMin: number | null;
      readonly desired: number | null;
      readonly floor: number | null;
      readonly restarts: number | null;
    }[];
    /** Asked directly; nothing is judged by them. */
    readonly replicas: readonly {
      readonly kind: string;
      readonly name: string;
      readonly uid: string | null;
      readonly ok: number;
      readonly unsuccessful: number;
      readonly down: readonly {
        readonly start: string;
        readonly end: string;
        readonly checks: number;
        readonly reason: Reason;
      }[];
      readonly latencyMs: LatencyMs | null;
    }[];
    /** Whether a token issued by one replica was valid at another. */
    readonly tokenPairs: readonly {
      readonly issuedBy: string;
      /** Issued before the upgrade began. */
      readonly before: boolean;
      readonly validatedBy: string;
      readonly ok: number;
      readonly refused: number;
      readonly unanswered: number;
      readonly firstRefused: string | null;
      readonly lastRefused: string | null;
      readonly reason: Reason | null;
    }[];
    /** What the probe found worth a line; `detail` as in the events of the run file. */
    readonly notes: readonly {
      readonly at: string;
      readonly target: string | null;
      readonly what: string;
      readonly detail: { readonly [key: string]: Json };
    }[];
  }[];
  readonly blind: readonly {
    readonly probe: string;
    readonly start: string;
    readonly end: string;
    readonly cause: string;
  }[];
  readonly steps: readonly {
    readonly name: string;
    readonly kind: string;
    readonly start: string | null;
    readonly end: string | null;
    readonly result: 'ok' | 'failed' | 'skipped';
    readonly why: string | null;
  }[];
  /** How far the run's points (samples and events) have come in the time-series store; null where there is none. */
  readonly export: {
    readonly url: string;
    readonly org: string;
    readonly bucket: string;
    readonly recorded: number;
    /** In a request that the store answered. */
    readonly sent: number;
    readonly accepted: number;
    readonly refused: number;
    /** recorded − accepted. */
    readonly missing: number;
    readonly firstRefusal: string | null;
    readonly problem: string | null;
    /** What sends the missing points later. */
    readonly command: string | null;
  } | null;
};

export type VerdictTarget = {
  readonly name: string;
  readonly due: number;
  readonly ok: number;
  readonly lost: number;
  readonly failed: number;
  readonly unsent: number;
  readonly late: number;
  readonly duplicate: number;
  readonly reordered: number;
  readonly closedIdle: number;
  readonly lossPct: number | null;
  readonly resolutionMs: number | null;
  readonly lossUpperBoundPct: number | null;
  readonly outages: readonly {
    readonly start: string;
    readonly end: string;
    readonly atLeastMs: number;
    readonly atMostMs: number | null;
    readonly reason: Reason;
    readonly phase: Phase | null;
    readonly step: string | null;
    readonly sharedWith: string | null;
    readonly suspects: readonly {
      readonly kind: string;
      readonly name: string;
      readonly what: string;
      readonly at: string;
    }[];
  }[];
  readonly latencyMs: Readonly<Record<Phase, LatencyMs | null>>;
  /** From the due time; null for a probe that does not tell the stages of a request. */
  readonly responseMs: Readonly<Record<Phase, LatencyMs | null>> | null;
  readonly stagesMs: Readonly<Record<Stage, Readonly<Record<Phase, LatencyMs | null>>>> | null;
};

export type LatencyMs = {
  readonly min: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
};
