import { type DurationNs, NS_PER_MS, type RunNs } from '../../../src/model/time.ts';

export const STATE = { free: 0, waiting: 1, ended: 2, answered: 3 } as const;

/**
 * The requests that wait for an answer, and those that did until lately, as columns. The slot of attempt n is n modulo
 * `capacity`; what was there before is forgotten. All have the same timeout, so they end in the order they left.
 */
export type Flights = {
  readonly capacity: number;
  readonly attempt: Uint32Array;
  readonly state: Uint8Array;
  readonly target: Uint16Array;
  readonly seq: Uint32Array;
  readonly due: Float64Array;
  /** When the call that sent it began, run ns. */
  readonly sent: Float64Array;
  /** When it left by the kernel's stamp, run ns; NaN without one. */
  readonly stamped: Float64Array;
  /** How long after `sent` it can have left at the latest: what a latency without a stamp may be wrong by. */
  readonly unsure: Float64Array;
};

/** Room for twice what can be in flight, so that late and duplicate answers are known for at least another timeout. */
export function createFlights(perSecond: number, timeoutNs: DurationNs): Flights {
  const inFlight = Math.ceil((perSecond * timeoutNs) / 1e9) + 256;
  const capacity = 2 ** Math.ceil(Math.log2(Math.max(4096, 2 * inFlight)));
  return {
    capacity,
    attempt: new Uint32Array(capacity),
    state: new Uint8Array(capacity),
    target: new Uint16Array(capacity),
    seq: new Uint32Array(capacity),
    due: new Float64Array(capacity),
    sent: new Float64Array(capacity),
    stamped: new Float64Array(capacity),
    unsure: new Float64Array(capacity),
  };
}

/** The slot of an attempt; −1 when it never was or is forgotten. */
export function slotOf(flights: Flights, attempt: number): number {
  const slot = attempt & (flights.capacity - 1);
  return flights.attempt[slot] === attempt && flights.state[slot] !== STATE.free ? slot : -1;
}

/** A time that is known no better than this is not known. */
export const UNSURE_NS = NS_PER_MS;

/** The time it left, as well as it is known: without a stamp, the latest it can have been when the call took long. */
export function leftAt(flights: Flights, slot: number): RunNs {
  const stamped = flights.stamped[slot] ?? Number.NaN;
  if (!Number.isNaN(stamped)) return stamped;
  const unsure = flights.unsure[slot] ?? 0;
  return (flights.sent[slot] ?? 0) + (unsure > UNSURE_NS ? unsure : 0);
}
