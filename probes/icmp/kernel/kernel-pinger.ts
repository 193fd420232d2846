import ipaddr from 'ipaddr.js';
import type { ProbeContext, PutRow, Schedule } from '../../../src/contracts/probe.ts';
import { FLAG } from '../../../src/model/sample.ts';
import { type DurationNs, NS_PER_MS, type RunNs } from '../../../src/model/time.ts';
import { LITTLE_ENDIAN, type Libc } from '../../../src/platform/libc.ts';
import type { Family, HostAddress } from '../address.ts';
import { describeIcmpError } from '../icmp-error.ts';
import type { Identity } from '../identity.ts';
import { type Control, emptyControl, readControl } from './control-messages.ts';
import { createEchoReader, type EchoReader, icmpStart } from './echo-reply.ts';
import { checksumOf, createEchoRequest, type EchoRequest } from './echo-request.ts';
import { createFlights, leftAt, STATE, slotOf, UNSURE_NS } from './flights.ts';
import { type IcmpSocket, socketAddress } from './icmp-socket.ts';
import type { KernelClock } from './kernel-clock.ts';
import * as linux from './linux.ts';
import { createMessageRing, type MessageRing, NAME_SIZE } from './message-ring.ts';
import { createReplyTally } from './reply-tally.ts';

export type KernelTarget = {
  readonly name: string;
  readonly address: HostAddress;
  /** The interface of a link-local address; 0 for others. */
  readonly scope: number;
  /** Bytes of payload. */
  readonly size: number;
  /** The packet is larger than the path should carry: being refused is what is right. */
  readonly tooLarge: boolean;
};

export type KernelPinger = {
  /** Sends what is due, reads what has come, and decides what became of requests whose time is over. */
  readonly turn: () => void;
  /** When the oldest request in flight must be decided; Infinity without one. */
  readonly deadline: () => RunNs;
  readonly inFlight: () => number;
  /** Says what is left to say, after the last turn. */
  readonly finish: () => void;
};

export type KernelPingerOptions = Pick<ProbeContext, 'emit'> & {
  readonly libc: Libc;
  readonly clock: KernelClock;
  readonly sockets: ReadonlyMap<Family, IcmpSocket>;
  readonly identity: Identity;
  readonly targets: readonly KernelTarget[];
  /** Of every target. */
  readonly timeoutNs: DurationNs;
  /** Of all targets together. */
  readonly perSecond: number;
};

const SEND_BATCH = 32;
const RECEIVE_BATCH = 128;
/** Reads of one turn: as much as a full receive buffer holds. More is a flood. */
const MOST_READS = 512;
/** A packet stamped at its deadline may still be on its way through the kernel. */
const GRACE_NS = NS_PER_MS;
/** How often a send is tried when errors of earlier packets wait at the socket. */
const SEND_TRIES = 4;
const DROPS_EVERY_NS = 100 * NS_PER_MS;
/** Replies that cannot be read to the end for so long after a deadline were a flood. */
const FLOOD_NS = 1000 * NS_PER_MS;

type Wire = {
  readonly family: Family;
  readonly socket: IcmpSocket;
  readonly reader: EchoReader;
  readonly tx: MessageRing;
  readonly rx: MessageRing;
  readonly errors: MessageRing;
  /** Slots of the messages in `tx`. */
  readonly slots: Uint32Array;
  /** Slot by the number the kernel gives to what leaves, modulo 65536. */
  readonly stamps: Uint32Array;
  filled: number;
  stamp: number;
  /** The buffer was last known to be empty then. */
  drainedAt: RunNs;
  drops: number;
  dropsReadAt: RunNs;
  /** Drops were last seen to have happened before then. */
  droppedBy: RunNs;
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
  const { libc, clock, targets, timeoutNs, identity } = options;
  const flights = createFlights(options.perSecond, timeoutNs);
  const { attempt, state, target: targetOf, seq: seqOf, due: dueOf, sent: sentOf } = flights;
  const mask = flights.capacity - 1;
  const notes = new Map<number, string>();
  const control: Control = emptyControl();
  const requests = targets.map(({ address, size }) =>
    createEchoRequest(address.family, size, identity),
  );
  const names = targets.map(({ address, scope }) => socketAddress(address, scope));
  const tally = createReplyTally(targets, options.emit, clock.now);
  const wires = new Map<Family, Wire>();
  for (const [family, socket] of options.sockets) {
    wires.set(family, createWire(options, requests, family, socket));
  }
  const wireOf = targets.map(({ address }) => wires.get(address.family));
  const all = [...wires.values()];

  let nextAttempt = 0;
  let oldest = 0;
  let waiting = 0;
  /** Whether stamps can be believed in this turn; null before they were needed. */
  let believable: boolean | null = null;

  const settle = (slot: number, answered: boolean): void => {
    state[slot] = answered ? STATE.answered : STATE.ended;
    waiting--;
    if (notes.size > 0) notes.delete(slot);
  };
  const row = (
    slot: number,
    latency: number,
    outcome: Parameters<PutRow>[5],
    reason: Parameters<PutRow>[6],
    flags: number,
    detail: string | null,
  ): void => {
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
  };

  // ── sending ──

  const prepare = (target: number, seq: number, due: RunNs): void => {
    const wire = wireOf[target];
    const request = requests[target];
    const name = names[target];
    if (wire === undefined || request === undefined || name === undefined) return;
    const slot = nextAttempt & mask;
    if (state[slot] === STATE.waiting) {
      const detail = `${String(flights.capacity)} pings in flight`;
      put(target, seq, due, Number.NaN, Number.NaN, 'unsent', 'overload', 0, detail);
      return;
    }
    const i = wire.filled++;
    request.write(wire.tx.data, i * wire.tx.dataSize, nextAttempt);
    wire.tx.setLength(i, request.length);
    const { names: addresses } = wire.tx;
    for (let at = 0; at < name.length; at++) addresses.setUint8(i * NAME_SIZE + at, name[at] ?? 0);
    wire.slots[i] = slot;
    attempt[slot] = nextAttempt;
    state[slot] = STATE.free;
    targetOf[slot] = target;
    seqOf[slot] = seq;
    dueOf[slot] = due;
    nextAttempt = (nextAttempt + 1) >>> 0;
    if (wire.filled === SEND_BATCH) flush(wire);
  };

  const flush = (wire: Wire): void => {
    const { socket, tx, slots } = wire;
    const count = wire.filled;
    wire.filled = 0;
    let from = 0;
    let tries = 0;
    let stampsLost = false;
    while (from < count) {
      const before = clock.now();
      const result = socket.send(tx, from, count);
      const unsure = clock.now() - before;
      if (result > 0) {
        for (let i = from; i < from + result; i++) {
          const slot = slots[i] ?? 0;
          state[slot] = STATE.waiting;
          sentOf[slot] = before;
          flights.stamped[slot] = Number.NaN;
          flights.unsure[slot] = unsure;
          wire.stamps[wire.stamp++ & 0xffff] = slot;
        }
        waiting += result;
        from += result;
        tries = 0;
        continue;
      }
      if (result === -linux.EINTR) continue;
      stampsLost = true;
      if (result !== -linux.EAGAIN && ++tries < SEND_TRIES) {
        socket.clearError();
        continue;
      }
      failedToSend(slots[from] ?? 0, -result, before);
      from++;
      tries = 0;
    }
    // A packet that failed on its way out may have been counted all the same.
    if (stampsLost && socket.stampsSent) {
      readErrors(wire);
      socket.restartStamps();
      wire.stamp = 0;
    }
  };

  const failedToSend = (slot: number, errno: number, at: RunNs): void => {
    sentOf[slot] = at;
    flights.stamped[slot] = Number.NaN;
    state[slot] = STATE.ended;
    if (errno === linux.EMSGSIZE && targets[targetOf[slot] ?? 0]?.tooLarge === true) {
      row(
        slot,
        0,
        'ok',
        'none',
        FLAG.disturbed,
        'refused by this machine: larger than its own MTU',
      );
      return;
    }
    put(
      targetOf[slot] ?? 0,
      seqOf[slot] ?? 0,
      dueOf[slot] ?? 0,
      Number.NaN,
      Number.NaN,
      'unsent',
      'send-error',
      0,
      libc.describe(errno),
    );
  };

  // ── reading ──

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
    const sent = sentOf[slot] ?? 0;
    // Not of another packet: about the time of the call. One that left long after it had to wait for its neighbour's address, or for
    // the link: that is the path's, not ours, and belongs to the latency.
    const latest = Math.min(clock.now(), sent + (flights.unsure[slot] ?? 0) + UNSURE_NS);
    if (state[slot] === STATE.waiting && at >= sent - 1_000 && at <= latest)
      flights.stamped[slot] = Math.max(at, sent);
  };

  const takeError = (wire: Wire, i: number): void => {
    const { errors, family } = wire;
    const start = i * errors.dataSize;
    const end = start + Math.min(errors.length(i), errors.dataSize);
    const quoted = wire.reader.quoted(errors.data, start, end);
    const slot = quoted >= 0 ? slotOf(flights, quoted) : slotOfSequence(-2 - quoted);
    if (slot < 0 || state[slot] !== STATE.waiting) return;
    const target = targets[targetOf[slot] ?? 0];
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
    // When it came, only this thread knows: its latency is none.
    if (target.tooLarge && tooBig) row(slot, latency, 'ok', 'none', FLAG.disturbed, error.detail);
    else row(slot, latency, 'failed', error.reason, 0, error.detail);
    settle(slot, true);
  };

  /** The latest request in flight with this sequence; −1 without one. */
  const slotOfSequence = (sequence: number): number => {
    if (sequence < 0) return -1;
    const back = (nextAttempt - 1 - sequence) & 0xffff;
    return back >= flights.capacity ? -1 : slotOf(flights, (nextAttempt - 1 - back) >>> 0);
  };

  const readReplies = (wire: Wire): void => {
    const { rx, socket } = wire;
    for (let reads = 0; reads < MOST_READS; reads++) {
      rx.renew(rx.count);
      const asked = clock.now();
      const count = socket.receive(rx);
      if (tookError(count)) continue;
      if (count > 0) {
        const readAt = clock.now();
        for (let i = 0; i < count; i++) takeReply(wire, i, readAt);
        // An error of an earlier packet cuts a read short, too: where something hangs on it, the buffer is empty when it says so.
        if (count === rx.count || deadline() <= asked) continue;
        return;
      }
      wire.drainedAt = asked;
      return;
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
    const index = targetOf[slot] ?? 0;
    const target = targets[index];
    const request = requests[index];
    if (target === undefined || request === undefined) return;
    const waits = state[slot] === STATE.waiting;
    if (!isAddress(rx.names, i * NAME_SIZE, target.address)) {
      if (waits)
        note(slot, `answered by ${addressAt(rx.names, i * NAME_SIZE)}, which is not the target`);
      return;
    }
    // A raw IPv4 socket is handed messages before the kernel has checked their sum; the others after.
    const whole = rx.length(i) <= rx.dataSize;
    if (raw4 && whole && checksumOf(rx.data, start, stop - start) !== 0) {
      if (waits) note(slot, 'answered with a wrong checksum');
      return;
    }
    readControl(rx, i, control);
    const sent = sentOf[slot] ?? 0;
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
      if (state[slot] === STATE.answered) tally.duplicate(index, seqOf[slot] ?? 0, latency);
      else {
        tally.late(index, seqOf[slot] ?? 0, latency);
        state[slot] = STATE.answered;
      }
      return;
    }
    if (latency > timeoutNs) {
      if (exact) {
        row(slot, Number.NaN, 'lost', 'timeout', 0, null);
        tally.late(index, seqOf[slot] ?? 0, latency);
      } else {
        // Nobody knows when it came, only that it was read too late.
        row(slot, latency, 'ok', 'none', FLAG.late | FLAG.disturbed, null);
      }
      settle(slot, true);
      return;
    }
    const stamped = !Number.isNaN(flights.stamped[slot] ?? Number.NaN);
    const sure = exact && (stamped || (flights.unsure[slot] ?? 0) <= UNSURE_NS);
    const length = rx.length(i) - (start - base);
    if (target.tooLarge) {
      const detail = `answered: ${String(ipLength(family, target.size))} bytes passed`;
      row(slot, latency, 'failed', 'content', 0, detail);
    } else if (length !== request.length) {
      const detail = `answered with ${String(length - 8)} bytes of the ${String(target.size)} sent`;
      row(slot, latency, 'failed', 'content', 0, detail);
    } else row(slot, latency, 'ok', 'none', sure ? 0 : FLAG.disturbed, null);
    tally.answered(index, seqOf[slot] ?? 0, latency);
    settle(slot, true);
  };

  const note = (slot: number, text: string): void => {
    notes.set(slot, text);
  };

  // ── deciding ──

  const watchDrops = (wire: Wire, now: RunNs): void => {
    const drops = wire.socket.drops();
    if (drops !== wire.drops) wire.droppedBy = now;
    wire.drops = drops;
    wire.dropsReadAt = now;
  };

  /** From when it can have left at the latest. */
  const deadlineOf = (slot: number): RunNs =>
    (sentOf[slot] ?? 0) + (flights.unsure[slot] ?? 0) + UNSURE_NS + timeoutNs + GRACE_NS;

  const deadline = (): RunNs =>
    waiting === 0 ? Number.POSITIVE_INFINITY : deadlineOf(oldest & mask);

  const expire = (now: RunNs): void => {
    for (; oldest !== nextAttempt; oldest = (oldest + 1) >>> 0) {
      const slot = oldest & mask;
      if (state[slot] !== STATE.waiting || attempt[slot] !== oldest) continue;
      const over = deadlineOf(slot);
      if (over > now) return;
      const wire = wireOf[targetOf[slot] ?? 0];
      if (wire === undefined) return;
      const drained = wire.drainedAt >= over;
      if (!drained && now < over + FLOOD_NS) return;
      if (wire.dropsReadAt < over) watchDrops(wire, now);
      if (wire.droppedBy >= (sentOf[slot] ?? 0)) {
        unheard(slot, 'the receive buffer was full: the answer may be among what was dropped');
      } else if (!drained) {
        unheard(slot, 'more replies arrive than can be read: the answer may be among them');
      } else row(slot, Number.NaN, 'lost', 'timeout', 0, null);
      settle(slot, false);
    }
  };

  const unheard = (slot: number, detail: string): void => {
    row(slot, Number.NaN, 'unsent', 'overload', 0, detail);
  };

  return {
    turn: () => {
      believable = null;
      schedule.take(clock.now(), prepare);
      for (const wire of all) {
        if (wire.filled > 0) flush(wire);
        readErrors(wire);
        readReplies(wire);
      }
      const now = clock.now();
      for (const wire of all) {
        if (now - wire.dropsReadAt > DROPS_EVERY_NS) watchDrops(wire, now);
      }
      expire(now);
      tally.flush(false);
    },
    deadline,
    inFlight: () => waiting,
    finish: () => {
      tally.flush(true);
    },
  };
}

function createWire(
  { libc, clock, identity, targets }: KernelPingerOptions,
  requests: readonly EchoRequest[],
  family: Family,
  socket: IcmpSocket,
): Wire {
  const own = requests.filter((_, i) => targets[i]?.address.family === family);
  const largest = own.reduce((most, one) => (one.length > most.length ? one : most));
  const tx = createMessageRing(libc, SEND_BATCH, largest.length + (largest.length % 2), 0);
  const nameLength = family === 4 ? 16 : 28;
  for (let i = 0; i < SEND_BATCH; i++) {
    largest.fill(tx.data, i * tx.dataSize);
    tx.setNameLength(i, nameLength);
  }
  // The largest IPv4 header, and one byte more than a right answer has: a longer one is seen to be.
  const room = 60 + largest.length + 8;
  const raw = socket.type === 'raw';
  return {
    family,
    socket,
    reader: createEchoReader(family, { id: raw ? identity.id : null, nonce: identity.nonce }),
    tx,
    rx: createMessageRing(libc, RECEIVE_BATCH, room, 64),
    errors: createMessageRing(libc, 32, 128, 256),
    slots: new Uint32Array(SEND_BATCH),
    stamps: new Uint32Array(65_536),
    filled: 0,
    stamp: 0,
    drainedAt: Number.NEGATIVE_INFINITY,
    drops: socket.drops(),
    dropsReadAt: clock.now(),
    droppedBy: Number.NEGATIVE_INFINITY,
  };
}

/** Whether a read only took an error that waited at the socket: there may be more to read. */
function tookError(result: number): boolean {
  return result < 0 && result !== -linux.EAGAIN;
}

/** Whether the struct sockaddr at `offset` is this address. */
function isAddress(names: DataView, offset: number, address: HostAddress): boolean {
  const four = address.family === 4;
  if (names.getUint16(offset, LITTLE_ENDIAN) !== (four ? linux.AF_INET : linux.AF_INET6))
    return false;
  const at = offset + (four ? 4 : 8);
  const { bytes } = address;
  for (let i = 0; i < bytes.length; i++) {
    if (names.getUint8(at + i) !== bytes[i]) return false;
  }
  return true;
}

/** The struct sockaddr at `offset` as text. */
function addressAt(view: DataView, offset: number): string {
  const four = view.getUint16(offset, LITTLE_ENDIAN) === linux.AF_INET;
  const [at, length] = four ? [offset + 4, 4] : [offset + 8, 16];
  return ipaddr.fromByteArray([...new Uint8Array(view.buffer, at, length)]).toString();
}

/** Bytes of the whole IP packet. */
export function ipLength(family: Family, size: number): number {
  return (family === 4 ? 20 : 40) + 8 + size;
}
