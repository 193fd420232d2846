import { FLAG } from '../../../src/model/sample.ts';
import type { RunNs } from '../../../src/model/time.ts';
import type { Family } from '../address.ts';
import { describeIcmpError, isDeliveryError } from '../icmp-error.ts';
import { type Control, emptyControl, readControl } from './control-messages.ts';
import { icmpStart } from './echo-reply.ts';
import { checksumOf, type EchoRequest } from './echo-request.ts';
import { leftAt, STATE, slotOf, UNSURE_NS } from './flights.ts';
import type { KernelPingerOptions } from './kernel-pinger-options.ts';
import * as linux from './linux.ts';
import { NAME_SIZE } from './message-ring.ts';
import type { Pings } from './pings.ts';
import type { ReplyTally } from './reply-tally.ts';
import { addressAt, isAddress } from './socket-name.ts';
import { MACHINE_STOOD, type Stalls } from './stalls.ts';
import type { Wire } from './wire.ts';

export type Receiver = {
  /** A turn begins: the clocks are compared anew before stamps are used. */
  readonly begin: () => void;
  /** Reads the error queue empty: stamps of what left, and ICMP errors. */
  readonly readErrors: (wire: Wire) => void;
  /** Reads the replies that wait. */
  readonly readReplies: (wire: Wire) => void;
};

/** Reads of one turn: as much as a full receive buffer holds. More is a flood. */
const MOST_READS = 512;

/** `undecidedAt`: when the oldest ping in flight must be decided, for which the buffer has to be seen empty. */
export function createReceiver(
  { clock, targets, timeoutNs }: Pick<KernelPingerOptions, 'clock' | 'targets' | 'timeoutNs'>,
  pings: Pings,
  stalls: Stalls,
  requests: readonly EchoRequest[],
  tally: ReplyTally,
  undecidedAt: () => RunNs,
): Receiver {
  const { flights } = pings;
  const control: Control = emptyControl();
  /** Whether stamps can be believed in this turn; null before they were needed. */
  let believable: boolean | null = null;

  const stampsHold = (): boolean => {
    believable ??= clock.compare();
    return believable;
  };

  const readErrors = (wire: Wire): void => {
    const { errors, socket } = wire;
    for (let reads = 0; reads < MOST_READS; reads++) {
      errors.renew(errors.count);
      const count = socket.receiveErrors(errors);
      if (tookError(count)) continue;
      for (let i = 0; i < count; i++) {
        readControl(errors, i, control);
        if (control.origin === linux.ORIGIN_TIMESTAMPING) takeStamp(wire);
        else if (control.origin === linux.ORIGIN_ICMP || control.origin === linux.ORIGIN_ICMP6)
          takeError(wire, i);
      }
      if (count < errors.count) return;
    }
  };

  const takeStamp = (wire: Wire): void => {
    if (!stampsHold() || control.stampSeconds === 0) return;
    const slot = wire.stamps[control.data & 0xffff] ?? 0;
    const at = clock.ofStamp(control.stampSeconds, control.stampNanoseconds);
    const sent = flights.sent[slot] ?? 0;
    // Not of another packet: about the time of the call. One that left long after it had to wait for its neighbour's address, or for
    // the link: that is the path's, not ours, and belongs to the latency.
    const latest = Math.min(clock.now(), sent + (flights.unsure[slot] ?? 0) + UNSURE_NS);
    if (flights.state[slot] === STATE.waiting && at >= sent - 1_000 && at <= latest)
      flights.stamped[slot] = Math.max(at, sent);
  };

  const takeError = (wire: Wire, i: number): void => {
    const { errors, family } = wire;
    if (!isDeliveryError(family, control.type)) return;
    const start = i * errors.dataSize;
    const end = start + Math.min(errors.length(i), errors.dataSize);
    const quoted = wire.reader.quoted(errors.data, start, end);
    const slot = quoted >= 0 ? slotOf(flights, quoted) : pings.slotOfSequence(-2 - quoted);
    if (slot < 0 || flights.state[slot] !== STATE.waiting) return;
    const target = targets[flights.target[slot] ?? 0];
    if (target === undefined || !isAddress(errors.names, i * NAME_SIZE, target.address)) return;
    const latency = clock.now() - leftAt(flights, slot);
    const mtu = control.errno === linux.EMSGSIZE ? control.info : null;
    const router =
      control.offender < 0 ? 'an unknown router' : addressAt(errors.control, control.offender);
    const error = describeIcmpError(
      family,
      { type: control.type, code: control.code, mtu },
      router,
    );
    const tooBig = control.errno === linux.EMSGSIZE;
    if (quoted < 0) {
      // Without our nonce anybody may have written it. An answer, which has it, is believed more; and no packet was refused that nobody
      // shows to have seen.
      const detail = `${error.detail}, quoting too little to prove it`;
      if (target.tooLarge && tooBig) pings.note(slot, detail);
      else pings.suspect(slot, { reason: error.reason, latency, detail });
      return;
    }
    // When it came, only this thread knows: its latency is none.
    if (target.tooLarge && tooBig)
      pings.row(slot, latency, 'ok', 'none', FLAG.disturbed, error.detail);
    else pings.row(slot, latency, 'failed', error.reason, 0, error.detail);
    pings.settle(slot, true);
  };

  const readReplies = (wire: Wire): void => {
    const { rx, socket } = wire;
    for (let reads = 0; reads < MOST_READS; reads++) {
      rx.renew(rx.count);
      const asked = clock.now();
      stalls.ran(asked);
      const count = socket.receive(rx);
      if (tookError(count)) continue;
      if (count > 0) {
        const readAt = clock.now();
        stalls.ran(readAt);
        if (stalls.doubtful()) noteStamps(wire, count);
        for (let i = 0; i < count; i++) takeReply(wire, i, readAt);
        // An error of an earlier packet cuts a read short, too: where something hangs on it, the buffer is empty when it says so.
        if (count === rx.count || undecidedAt() <= asked) continue;
        return;
      }
      wire.drainedAt = asked;
      return;
    }
  };

  /** Of all messages before any is judged: they tell whether the kernel ran while this thread did not. */
  const noteStamps = ({ rx }: Wire, count: number): void => {
    if (!stampsHold()) return;
    for (let i = 0; i < count; i++) {
      readControl(rx, i, control);
      if (control.stampSeconds === 0) continue;
      stalls.stamped(clock.ofStamp(control.stampSeconds, control.stampNanoseconds));
    }
  };

  const takeReply = (wire: Wire, i: number, readAt: RunNs): void => {
    const { rx, family, socket } = wire;
    const base = i * rx.dataSize;
    const stop = base + Math.min(rx.length(i), rx.dataSize);
    const raw4 = family === 4 && socket.type === 'raw';
    const start = raw4 ? icmpStart(rx.data, base, stop) : base;
    if (start < 0) return;
    const found = wire.reader.reply(rx.data, start, stop);
    const slot = found < 0 ? -1 : slotOf(flights, found);
    if (slot < 0) return;
    const index = flights.target[slot] ?? 0;
    const target = targets[index];
    const request = requests[index];
    if (target === undefined || request === undefined) return;
    const waits = flights.state[slot] === STATE.waiting;
    if (!isAddress(rx.names, i * NAME_SIZE, target.address)) {
      if (waits)
        pings.note(
          slot,
          `answered by ${addressAt(rx.names, i * NAME_SIZE)}, which is not the target`,
        );
      return;
    }
    // A raw IPv4 socket is handed messages before the kernel has checked their sum; the others after.
    const whole = rx.length(i) <= rx.dataSize;
    if (raw4 && whole && checksumOf(rx.data, start, stop - start) !== 0) {
      if (waits) pings.note(slot, 'answered with a wrong checksum');
      return;
    }
    readControl(rx, i, control);
    const sent = flights.sent[slot] ?? 0;
    let at = readAt;
    let exact = false;
    if (control.stampSeconds !== 0 && stampsHold()) {
      const stamp = clock.ofStamp(control.stampSeconds, control.stampNanoseconds);
      if (stamp >= sent - 1_000 && stamp <= readAt + 1_000) {
        at = stamp;
        exact = true;
      }
    }
    const latency = Math.max(0, at - leftAt(flights, slot));
    if (!waits) {
      if (flights.state[slot] === STATE.answered)
        tally.duplicate(index, flights.seq[slot] ?? 0, latency);
      else {
        tally.late(index, flights.seq[slot] ?? 0, latency);
        flights.state[slot] = STATE.answered;
      }
      return;
    }
    if (latency > timeoutNs) {
      const left = leftAt(flights, slot);
      if (exact && stalls.hid(left, left + timeoutNs)) {
        pings.row(slot, Number.NaN, 'unsent', 'verifier-stalled', 0, MACHINE_STOOD);
      } else if (exact) {
        pings.row(slot, Number.NaN, 'lost', 'timeout', 0, null);
        tally.late(index, flights.seq[slot] ?? 0, latency);
      } else {
        // Nobody knows when it came, only that it was read too late.
        pings.row(slot, latency, 'ok', 'none', FLAG.late | FLAG.disturbed, null);
      }
      pings.settle(slot, true);
      return;
    }
    const stamped = !Number.isNaN(flights.stamped[slot] ?? Number.NaN);
    const sure = exact && (stamped || (flights.unsure[slot] ?? 0) <= UNSURE_NS);
    const length = rx.length(i) - (start - base);
    if (target.tooLarge) {
      const detail = `answered: ${String(ipLength(family, target.size))} bytes passed`;
      pings.row(slot, latency, 'failed', 'content', 0, detail);
    } else if (length !== request.length) {
      const detail = `answered with ${String(length - 8)} bytes of the ${String(target.size)} sent`;
      pings.row(slot, latency, 'failed', 'content', 0, detail);
    } else pings.row(slot, latency, 'ok', 'none', sure ? 0 : FLAG.disturbed, null);
    tally.answered(index, flights.seq[slot] ?? 0, latency);
    pings.settle(slot, true);
  };

  return {
    begin: () => {
      believable = null;
    },
    readErrors,
    readReplies,
  };
}

/** Whether a read only took an error that waited at the socket: there may be more to read. */
function tookError(result: number): boolean {
  return result < 0 && result !== -linux.EAGAIN;
}

/** Bytes of the whole IP packet. */
function ipLength(family: Family, size: number): number {
  return (family === 4 ? 20 : 40) + 8 + size;
}
