import type { DurationNs, RunNs } from './time.ts';

/**
 * What became of one attempt that was due.
 * - `ok`: answered, and the answer was right.
 * - `lost`: no answer by its deadline.
 * - `failed`: an answer that is not success (refused, unreachable, HTTP 503, wrong body, ...).
 * - `unsent`: no valid observation, through the verifier's own doing: not sent on time, or its answer could not be
 *   watched for. Neither success nor loss; always blind time.
 *
 * For every run and target: due = ok + lost + failed + unsent.
 */
export const OUTCOMES = ['ok', 'lost', 'failed', 'unsent'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Why an attempt ended as it did: a closed list; free text goes into `detail`. The first is for `ok`. */
export const REASONS = [
  'none',
  // no answer; `stalled`: a connection stood, and the answer did not come
  'timeout',
  'stalled',
  // an answer that is not success
  'refused',
  'reset',
  // a kept-alive connection failed, and a new one could not be set up either
  'new-connection-failed',
  'unreachable',
  'dns',
  'tls',
  'http-3xx',
  'http-4xx',
  'http-5xx',
  'auth',
  'throttled',
  'content',
  'closed',
  'protocol',
  // unsent: the verifier's own
  'late',
  'verifier-stalled',
  'overload',
  'send-error',
  // no valid token to ask with
  'no-token',
  'worker-lost',
  'unrecorded',
] as const;
export type Reason = (typeof REASONS)[number];

/** Bits of `SampleBatch.flags`. */
export const FLAG = {
  /** The answer came in time but was read after the deadline because the verifier stalled. Its latency is void. */
  late: 1,
  /** The verifier stalled while the attempt was in flight: the latency is not to be used. */
  disturbed: 2,
} as const;

/**
 * What an attempt over a connection goes through, in this order, each a length of its own: the name is looked up, TCP connects, TLS shakes hands, and the
 * first byte of the answer comes. What is left of the latency is the rest of the answer.
 */
export const STAGES = ['dns', 'connect', 'tls', 'firstByte'] as const;
export type Stage = (typeof STAGES)[number];
/** ns each; null where it did not take place (a kept-alive connection, an address that is no name) or did not end. */
export type Timings = Readonly<Record<Stage, DurationNs | null>>;

/**
 * Samples of one probe as columns, all of length `count`. Row i is the attempt `seq[i]` of the target
 * `targets[target[i]]`. Rows are in order of completion, not of due time; per target every seq from 0 on comes
 * exactly once. Times are run ns; `sent` is NaN when not sent, `latency` (ns, from sent to answer) is NaN unless
 * answered. `details` is sparse: row → free text. `timings` is null where no row has any; a stage that did not take place is NaN.
 */
export type SampleBatch = {
  readonly probe: string;
  readonly count: number;
  readonly target: Uint16Array;
  readonly seq: Uint32Array;
  readonly due: Float64Array;
  readonly sent: Float64Array;
  readonly latency: Float64Array;
  /** Index into OUTCOMES. */
  readonly outcome: Uint8Array;
  /** Index into REASONS. */
  readonly reason: Uint8Array;
  readonly flags: Uint8Array;
  readonly details: ReadonlyMap<number, string>;
  readonly timings: Readonly<Record<Stage, Float64Array>> | null;
};

/** One attempt as an object, for tests and for single rows; the columns of SampleBatch by another shape. */
export type Sample = {
  readonly target: number;
  readonly seq: number;
  readonly due: RunNs;
  readonly sent: RunNs | null;
  readonly latency: number | null;
  readonly outcome: Outcome;
  readonly reason: Reason;
  readonly flags: number;
  readonly detail: string | null;
  /** Null where no stage is told apart. */
  readonly timings: Timings | null;
};
