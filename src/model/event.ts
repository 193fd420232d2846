import type { Outcome, Reason } from './sample.ts';
import type { DurationNs, RunNs } from './time.ts';

/**
 * What an event is about.
 * - `phase`, `step`: boundaries; `what` is `start` or `end`.
 * - `pod`, `node`, `workload`: transitions seen on the cluster; `workload` carries ready counts.
 * - `watch`: `connected`, `closed`, `lost`, `relisted`, `check-failed`.
 * - `blind`: a span [at, end] in which a probe could not observe; `what` is the cause.
 * - `reply`: answers that are no samples of their own, `late` or `duplicate`, those that were `reordered`, and connections
 *   `closed-idle` by the server; `detail.count` says how many, 1 where it does not.
 * - `replica`: one request to a replica behind the probe's URL, sent at `at` and known at `end`; `what` is `issue` or `validate`, `detail` a ReplicaCheck.
 *   It explains: nothing is judged by it.
 * - `clock`: the wall clock was stepped against the monotonic one.
 * - `probe`, `run`: anything else worth a line.
 */
export const EVENT_KINDS = [
  'phase',
  'step',
  'pod',
  'node',
  'workload',
  'watch',
  'blind',
  'reply',
  'replica',
  'clock',
  'probe',
  'run',
] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

/** Something that happened. A key with nothing to say is null. */
export type RunEvent = {
  readonly kind: EventKind;
  /** When rollproof saw it. */
  readonly at: RunNs;
  /** For a span: its end. */
  readonly end: RunNs | null;
  /** The probe that saw it, null for the run's own. */
  readonly probe: string | null;
  /** The probe's target it concerns. */
  readonly target: string | null;
  /** The thing it happened to, e.g. a Pod by name and uid, or the phase or step by name. */
  readonly subject: Subject | null;
  /** What happened: `ready`, `terminating`, `start`, ... */
  readonly what: string;
  /** When the other side says it happened (ISO 8601), where it says so: the second clock. */
  readonly serverTime: string | null;
  readonly detail: { readonly [key: string]: Json };
};

export type Subject = {
  readonly kind: string;
  readonly name: string;
  readonly uid: string | null;
};

/** Causes of a blind span: the sample reasons of `unsent`, and those that have no samples of their own. */
export const BLIND_CAUSES = [
  'late',
  'verifier-stalled',
  'overload',
  'send-error',
  'no-token',
  'worker-lost',
  'unrecorded',
  'watch-lost',
  'clock-jump',
] as const;
export type BlindCause = (typeof BLIND_CAUSES)[number];

/** `detail` of a `replica` event. */
export type ReplicaCheck = {
  readonly outcome: Outcome;
  readonly reason: Reason;
  /** From sending to the whole answer; null without an answer, or where the verifier stood still. */
  readonly latencyNs: DurationNs | null;
  /** Of `validate`: the replica that issued the token, and whether it did before the upgrade began. */
  readonly issuedBy?: string;
  readonly issuerUid?: string | null;
  readonly before?: boolean;
  readonly message?: string;
};

/** `detail` of a `workload` event with `what: 'ready'`. */
export type ReadyCount = {
  /** Pods that are Ready and not being deleted. */
  readonly ready: number;
  /** spec.replicas. */
  readonly desired: number;
  /**
   * The fewest ready pods the workload's own strategy allows: desired − maxUnavailable of a Deployment, StatefulSet or
   * DaemonSet; equals desired for others.
   */
  readonly floor: number;
  readonly restarts: number;
};
