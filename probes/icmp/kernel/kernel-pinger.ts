import type { PutRow, Schedule } from '../../../src/contracts/probe.ts';
import type { RunNs } from '../../../src/model/time.ts';
import type { Family } from '../address.ts';
import { createEchoRequest } from './echo-request.ts';
import { createExpiry } from './expiry.ts';
import type { KernelPingerOptions } from './kernel-pinger-options.ts';
import { createPings } from './pings.ts';
import { createReceiver } from './receiver.ts';
import { createReplyTally } from './reply-tally.ts';
import { createSender } from './sender.ts';
import { createStalls } from './stalls.ts';
import { createWire, type Wire } from './wire.ts';

export type KernelPinger = {
  /** Sends what is due, reads what has come, and decides what became of requests whose time is over. */
  readonly turn: () => void;
  /** When the oldest request in flight must be decided; Infinity without one. */
  readonly deadline: () => RunNs;
  readonly inFlight: () => number;
  /** Says what is left to say, after the last turn. */
  readonly finish: () => void;
};

/**
 * Pings in the kernel's time: what a packet's latency is, the kernel's stamps say, and whether an answer came in time too; when this
 * thread gets to read them does not matter. One timeout for all, so requests end in the order they left.
 */
export function createKernelPinger(
  options: KernelPingerOptions,
  schedule: Schedule,
  put: PutRow,
): KernelPinger {
  const { clock, targets, timeoutNs, identity } = options;
  const pings = createPings(options.perSecond, timeoutNs, put, options.firstAttempt);
  const requests = targets.map(({ address, size }) =>
    createEchoRequest(address.family, size, identity),
  );
  const wires = new Map<Family, Wire>();
  for (const [family, socket] of options.sockets) {
    wires.set(family, createWire(options, requests, family, socket));
  }
  const all = [...wires.values()];
  const ofTarget = targets.map(({ address }) => wires.get(address.family));
  const tally = createReplyTally(targets, options.emit, clock.now);
  const stalls = createStalls(timeoutNs);
  const expiry = createExpiry(pings, stalls, timeoutNs, ofTarget);
  const receiver = createReceiver(options, pings, stalls, requests, tally, expiry.deadline);
  const sender = createSender(options, pings, ofTarget, requests, put, receiver.readErrors);
  return {
    turn: () => {
      receiver.begin();
      const now = clock.now();
      stalls.ran(now);
      schedule.take(now, sender.prepare);
      // All, before any is read: reading asks for the oldest ping in flight, which passes over those that have not left for good.
      for (const wire of all) {
        if (wire.filled > 0) sender.flush(wire);
      }
      for (const wire of all) {
        receiver.readErrors(wire);
        receiver.readReplies(wire);
      }
      expiry.expire(clock.now());
      tally.flush(false);
    },
    deadline: expiry.deadline,
    inFlight: pings.inFlight,
    finish: () => {
      tally.flush(true);
    },
  };
}
