import type { PutRow } from '../../../src/contracts/probe.ts';
import type { RunNs } from '../../../src/model/time.ts';
import { createFlights, type Flights, leftAt, STATE, slotOf } from './flights.ts';

/** The pings of one probe on their way: numbered as they leave, each ending in one row. */
export type Pings = {
  readonly flights: Flights;
  /** The slot of a new one that is about to leave; −1 when as many are in flight as can be told apart. */
  readonly begin: (target: number, seq: number, due: RunNs) => number;
  /** It has left. */
  readonly left: (slot: number, sent: RunNs, unsure: number) => void;
  /** The number of the next to leave, 32 bits. */
  readonly next: () => number;
  /**
   * The oldest that waits for an answer, after those that do not are passed over for good; −1 without one. Not to be asked for while
   * one that was begun has not left.
   */
  readonly oldest: () => number;
  readonly inFlight: () => number;
  /** What is odd about one, for its detail. */
  readonly note: (slot: number, text: string) => void;
  /** Why one will have no answer, as somebody says without proof: believed when none comes. */
  readonly suspect: (slot: number, why: Suspicion) => void;
  /** The first that was said of it; null when nobody says anything. */
  readonly suspected: (slot: number) => Suspicion | null;
  readonly row: Row;
  /** It has its row. */
  readonly settle: (slot: number, answered: boolean) => void;
  /** The latest with this 16-bit sequence; −1 without one. */
  readonly slotOfSequence: (sequence: number) => number;
};

export type Suspicion = {
  readonly reason: Parameters<PutRow>[6];
  /** From its leaving to the reading of what was said. */
  readonly latency: number;
  readonly detail: string;
};

type Row = (
  slot: number,
  latency: number,
  outcome: Parameters<PutRow>[5],
  reason: Parameters<PutRow>[6],
  flags: number,
  detail: string | null,
) => void;

/** `firstAttempt`: the number of the first to leave, 32 bits. */
export function createPings(
  perSecond: number,
  timeoutNs: number,
  put: PutRow,
  firstAttempt: number,
): Pings {
  const flights = createFlights(perSecond, timeoutNs);
  const { attempt, state, target: targetOf, seq: seqOf, due: dueOf } = flights;
  const mask = flights.capacity - 1;
  const notes = new Map<number, string>();
  const suspicions = new Map<number, Suspicion>();
  let next = firstAttempt;
  let oldest = firstAttempt;
  let waiting = 0;
  return {
    flights,
    begin: (target, seq, due) => {
      const slot = next & mask;
      if (state[slot] === STATE.waiting) return -1;
      attempt[slot] = next;
      state[slot] = STATE.free;
      targetOf[slot] = target;
      seqOf[slot] = seq;
      dueOf[slot] = due;
      next = (next + 1) >>> 0;
      return slot;
    },
    left: (slot, sent, unsure) => {
      state[slot] = STATE.waiting;
      flights.sent[slot] = sent;
      flights.stamped[slot] = Number.NaN;
      flights.unsure[slot] = unsure;
      waiting++;
    },
    next: () => next,
    oldest: () => {
      for (; oldest !== next; oldest = (oldest + 1) >>> 0) {
        const slot = oldest & mask;
        if (state[slot] === STATE.waiting && attempt[slot] === oldest) return slot;
      }
      return -1;
    },
    inFlight: () => waiting,
    note: (slot, text) => {
      notes.set(slot, text);
    },
    suspect: (slot, why) => {
      if (!suspicions.has(slot)) suspicions.set(slot, why);
    },
    suspected: (slot) => (suspicions.size > 0 ? (suspicions.get(slot) ?? null) : null),
    row: (slot, latency, outcome, reason, flags, detail) => {
      put(
        targetOf[slot] ?? 0,
        seqOf[slot] ?? 0,
        dueOf[slot] ?? 0,
        leftAt(flights, slot),
        latency,
        outcome,
        reason,
        flags,
        detail ?? (notes.size > 0 ? (notes.get(slot) ?? null) : null),
      );
    },
    settle: (slot, answered) => {
      state[slot] = answered ? STATE.answered : STATE.ended;
      waiting--;
      if (notes.size > 0) notes.delete(slot);
      if (suspicions.size > 0) suspicions.delete(slot);
    },
    slotOfSequence: (sequence) => {
      if (sequence < 0) return -1;
      const back = (next - 1 - sequence) & 0xffff;
      return back >= flights.capacity ? -1 : slotOf(flights, (next - 1 - back) >>> 0);
    },
  };
}
