import { type DurationNs, NS_PER_MS, type RunNs } from '../../../src/model/time.ts';
import { leftAt, UNSURE_NS } from './flights.ts';
import type { Pings } from './pings.ts';
import { MACHINE_STOOD, type Stalls } from './stalls.ts';
import type { Wire } from './wire.ts';

export type Expiry = {
  /** When the oldest ping in flight must be decided; Infinity without one. */
  readonly deadline: () => RunNs;
  /** Decides what became of those whose time is over. */
  readonly expire: (now: RunNs) => void;
};

/** A packet stamped at its deadline may still be on its way through the kernel. */
const GRACE_NS = NS_PER_MS;
const DROPS_EVERY_NS = 100 * NS_PER_MS;
/** Replies that cannot be read to the end for so long after a deadline were a flood. */
const FLOOD_NS = 1000 * NS_PER_MS;

/**
 * A ping is lost when its socket was seen empty after its deadline and had room for all that came meanwhile, and the machine did not
 * stand still; otherwise nobody knows.
 * `wires`: of each target.
 */
export function createExpiry(
  pings: Pings,
  stalls: Stalls,
  timeoutNs: DurationNs,
  wires: readonly (Wire | undefined)[],
): Expiry {
  const { flights } = pings;
  const { sent: sentOf, unsure: unsureOf, target: targetOf } = flights;
  const all = [...new Set(wires.filter((wire) => wire !== undefined))];

  const watchDrops = (wire: Wire, now: RunNs): void => {
    const drops = wire.socket.drops();
    if (drops !== wire.drops) wire.droppedBy = now;
    wire.drops = drops;
    wire.dropsReadAt = now;
  };
  /** From when it can have left at the latest. */
  const deadlineOf = (slot: number): RunNs =>
    (sentOf[slot] ?? 0) + (unsureOf[slot] ?? 0) + UNSURE_NS + timeoutNs + GRACE_NS;
  const unheard = (slot: number, detail: string): void => {
    pings.row(slot, Number.NaN, 'unsent', 'overload', 0, detail);
  };
  const unanswered = (slot: number): void => {
    const left = leftAt(flights, slot);
    if (stalls.hid(left, left + timeoutNs)) {
      pings.row(slot, Number.NaN, 'unsent', 'verifier-stalled', 0, MACHINE_STOOD);
      return;
    }
    const why = pings.suspected(slot);
    if (why === null) pings.row(slot, Number.NaN, 'lost', 'timeout', 0, null);
    else pings.row(slot, why.latency, 'failed', why.reason, 0, why.detail);
  };

  return {
    deadline: () => {
      const slot = pings.oldest();
      return slot < 0 ? Number.POSITIVE_INFINITY : deadlineOf(slot);
    },
    expire: (now) => {
      for (const wire of all) {
        if (now - wire.dropsReadAt > DROPS_EVERY_NS) watchDrops(wire, now);
      }
      for (let slot = pings.oldest(); slot >= 0; slot = pings.oldest()) {
        const over = deadlineOf(slot);
        if (over > now) return;
        const wire = wires[targetOf[slot] ?? 0];
        if (wire === undefined) return;
        const drained = wire.drainedAt >= over;
        if (!drained && now < over + FLOOD_NS) return;
        if (wire.dropsReadAt < over) watchDrops(wire, now);
        if (wire.droppedBy >= (sentOf[slot] ?? 0)) {
          unheard(slot, 'the receive buffer was full: the answer may be among what was dropped');
        } else if (!drained) {
          unheard(slot, 'more replies arrive than can be read: the answer may be among them');
        } else unanswered(slot);
        pings.settle(slot, false);
      }
    },
  };
}
