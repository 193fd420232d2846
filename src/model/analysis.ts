import type { BlindCause, Json } from './event.ts';
import type { Phase } from './phase.ts';
import type { Outcome, Reason, Stage } from './sample.ts';
import type { DurationNs, RunNs } from './time.ts';

/** Attempts by outcome; due is their sum. */
export type Counts = { readonly due: number } & Readonly<Record<Outcome, number>>;

/** Latency of the ok, undisturbed samples of one target in one phase, ns. */
export type LatencySummary = {
  readonly count: number;
  readonly min: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
};

/** Null in a phase without one. */
export type LatencyByPhase = Readonly<Record<Phase, LatencySummary | null>>;

/** How the requests of a target spent their time: of a probe that tells the stages of a request apart. */
export type RequestTimes = {
  /** From the due time to the whole answer, the verifier's own lateness included: what a client that asked then would have waited. */
  readonly response: LatencyByPhase;
  /** As `latencyAtMost` is to `latency`. */
  readonly responseAtMost: LatencyByPhase;
  /** Of the ok, undisturbed samples that went through the stage. */
  readonly stages: Readonly<Record<Stage, LatencyByPhase>>;
};

export type Suspect = {
  readonly kind: string;
  readonly name: string;
  /** What it was doing: `terminating`, `ready`, ... */
  readonly what: string;
  readonly at: RunNs;
  readonly serverTime: string | null;
};

/**
 * A maximal run of unsuccessful samples (lost or failed) of one target. Unsent samples neither begin nor end one.
 */
export type Outage = {
  /** Due time of the first unsuccessful sample. */
  readonly start: RunNs;
  /** Due time of the last unsuccessful sample. */
  readonly end: RunNs;
  /** Last − first unsuccessful due time; where attempts between them were unsent, of the longest stretch without one. */
  readonly atLeastNs: DurationNs;
  /** From the sending of the previous ok to the answer of the next. Null when there was no ok sample before or after it: unbounded. */
  readonly atMostNs: DurationNs | null;
  readonly samples: number;
  /** The commonest reason in it. */
  readonly reason: Reason;
  readonly phase: Phase | null;
  readonly step: string | null;
  readonly suspects: readonly Suspect[];
  /** The control probe that was out at the same time, if any: then it is the verifier's or the path's. */
  readonly sharedWith: string | null;
  /** True when the run ended inside it. */
  readonly open: boolean;
};

export type TargetAnalysis = {
  readonly name: string;
  readonly intervalNs: DurationNs;
  readonly timeoutNs: DurationNs;
  /** The whole run. */
  readonly counts: Counts;
  /** By phase of the due time. Attempts due outside every phase are in `counts` only. */
  readonly phases: Readonly<Record<Phase, Counts>>;
  readonly reasons: Readonly<Partial<Record<Reason, number>>>;
  /** Answers that came after their deadline. */
  readonly late: number;
  readonly duplicate: number;
  /** Answers that came after one to a later request (RFC 4737). */
  readonly reordered: number;
  /** Kept-alive connections that the server closed while they were idle: no outage. */
  readonly closedIdle: number;
  /** (lost + failed) / (ok + lost + failed) × 100 over the whole run; null without an attempt that counts. */
  readonly lossPct: number | null;
  /**
   * An outage longer than this was certain to be seen: the longest time from the sending of an attempt that counts to the
   * answer of the next.
   */
  readonly resolutionNs: DurationNs | null;
  /** One-sided 95 % upper bound of the loss rate, %. */
  readonly lossUpperBoundPct: number | null;
  readonly outages: readonly Outage[];
  readonly latency: LatencyByPhase;
  /**
   * With the answers too that a stall of the verifier disturbed, each as long as it took to be read: none took longer. Null where
   * there was none.
   */
  readonly latencyAtMost: LatencyByPhase;
  /** Null where no sample tells its stages. */
  readonly requests: RequestTimes | null;
};

/** One known value of a workload's ready count, from `at` until the next one. */
export type ReadyPoint = {
  readonly at: RunNs;
  readonly ready: number;
  readonly desired: number;
  readonly floor: number;
  readonly restarts: number;
};

export type WorkloadAnalysis = {
  readonly kind: string;
  readonly name: string;
  readonly points: readonly ReadyPoint[];
};

/** One replica behind a probe's URL, as found when asked directly. It explains; nothing is judged by it. */
export type ReplicaAnalysis = {
  /** `Endpoint` or `Pod`. */
  readonly kind: string;
  readonly name: string;
  readonly uid: string | null;
  /** Checks it answered well, and those it did not. */
  readonly ok: number;
  readonly unsuccessful: number;
  /** Maximal rows of unsuccessful checks: when the first and the last was sent. */
  readonly down: readonly {
    readonly start: RunNs;
    readonly end: RunNs;
    readonly checks: number;
    readonly reason: Reason;
  }[];
  readonly latency: LatencySummary | null;
};

/** Whether tokens that one replica issued were valid at another (or itself). */
export type TokenPair = {
  readonly issuedBy: string;
  /** Issued before the upgrade began. */
  readonly before: boolean;
  readonly validatedBy: string;
  readonly ok: number;
  /** The replica answered that it does not take the token. */
  readonly refused: number;
  /** It did not answer, or with an error of its own: that says nothing of the token. */
  readonly unanswered: number;
  readonly firstRefused: RunNs | null;
  readonly lastRefused: RunNs | null;
  /** Of the first refusal. */
  readonly reason: Reason | null;
};

/** What a probe found worth a line: the API version changed, its server keeps no connection alive, ... */
export type ProbeNote = {
  readonly at: RunNs;
  readonly target: string | null;
  readonly subject: string | null;
  readonly what: string;
  readonly detail: { readonly [key: string]: Json };
};

export type ProbeAnalysis = {
  readonly name: string;
  readonly kind: string;
  readonly control: boolean;
  readonly engine: string | null;
  readonly targets: readonly TargetAnalysis[];
  readonly workloads: readonly WorkloadAnalysis[];
  readonly replicas: readonly ReplicaAnalysis[];
  readonly tokenPairs: readonly TokenPair[];
  readonly notes: readonly ProbeNote[];
};

export type BlindSpan = {
  readonly probe: string;
  readonly start: RunNs;
  readonly end: RunNs;
  readonly cause: BlindCause;
};

export type PhaseSpan = {
  readonly phase: Phase;
  readonly start: RunNs;
  /** Null when the run ended (was killed) inside it. */
  readonly end: RunNs | null;
};

export type StepAnalysis = {
  readonly name: string;
  readonly kind: string;
  readonly start: RunNs | null;
  readonly end: RunNs | null;
  readonly result: 'ok' | 'failed' | 'skipped';
  readonly why: string | null;
};

/** A pod's line in the timeline: its transitions in order of `at`. */
export type PodHistory = {
  readonly probe: string;
  readonly name: string;
  readonly uid: string;
  readonly image: string | null;
  readonly node: string | null;
  /** It was there when the probe first looked: its first transitions, all of one instant, are what it was then. */
  readonly atStart: boolean;
  readonly transitions: readonly {
    readonly at: RunNs;
    readonly what: string;
    readonly serverTime: string | null;
  }[];
};

/** Latency over time for the picture: for each bucket the median and the worst of the ok samples, ns. */
export type LatencyPoint = {
  readonly at: RunNs;
  readonly p50: number;
  readonly max: number;
  readonly count: number;
};

export type RunAnalysis = {
  readonly run: string;
  readonly scenario: string;
  /** Last instant anything was seen. */
  readonly end: RunNs;
  readonly phases: readonly PhaseSpan[];
  readonly steps: readonly StepAnalysis[];
  readonly probes: readonly ProbeAnalysis[];
  readonly blind: readonly BlindSpan[];
  readonly pods: readonly PodHistory[];
  /** By probe name; buckets of equal width over the run. */
  readonly latencyOverTime: Readonly<Record<string, readonly LatencyPoint[]>>;
  /** False when the run's end was never recorded (killed). */
  readonly complete: boolean;
};

/** What the live view shows; cheap to take many times a second. */
export type LiveSnapshot = {
  readonly phase: Phase | null;
  readonly step: string | null;
  readonly targets: readonly {
    readonly probe: string;
    readonly target: string;
    readonly due: number;
    readonly ok: number;
    readonly unsuccessful: number;
    readonly unsent: number;
    /** Of the current phase, ns. */
    readonly p99: number | null;
    /** Length so far of the outage the target is in now, ns; null when it is not in one. */
    readonly outageNs: DurationNs | null;
    readonly outages: number;
  }[];
  readonly workloads: readonly {
    readonly probe: string;
    readonly name: string;
    readonly ready: number;
    readonly desired: number;
    readonly floor: number;
  }[];
  readonly pods: readonly {
    readonly name: string;
    readonly image: string | null;
    readonly what: string;
    readonly ready: boolean;
  }[];
  readonly blindNs: DurationNs;
};
