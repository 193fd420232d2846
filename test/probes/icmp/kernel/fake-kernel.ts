import { type Family, parseAddress } from '../../../../probes/icmp/address.ts';
import { checksumOf } from '../../../../probes/icmp/kernel/echo-request.ts';
import type { IcmpSocket, SocketType } from '../../../../probes/icmp/kernel/icmp-socket.ts';
import type { KernelClock } from '../../../../probes/icmp/kernel/kernel-clock.ts';
import { createKernelPinger } from '../../../../probes/icmp/kernel/kernel-pinger.ts';
import type { KernelTarget } from '../../../../probes/icmp/kernel/kernel-pinger-options.ts';
import * as linux from '../../../../probes/icmp/kernel/linux.ts';
import { socketAddress } from '../../../../probes/icmp/kernel/socket-name.ts';
import type { RunEvent } from '../../../../src/model/event.ts';
import type { Outcome, Reason } from '../../../../src/model/sample.ts';
import { NS_PER_MS } from '../../../../src/model/time.ts';
import { controlBytes, deliver, extendedError, type Received, timespecs } from './control-bytes.ts';
import { fakeLibc } from './fake-libc.ts';

export const MS = NS_PER_MS;
export const TIMEOUT = 100 * MS;
/** The loop turns at least so often while a ping is in flight. */
const TURNS_NS = 10 * MS;

export type Row = {
  readonly target: number;
  readonly seq: number;
  readonly sent: number;
  readonly latency: number;
  readonly outcome: Outcome;
  readonly reason: Reason;
  readonly flags: number;
  readonly detail: string | null;
};

/** An echo request that left: the ICMP message. */
export type Packet = {
  readonly bytes: Uint8Array;
  readonly to: string;
  /** The number the kernel gives it for its stamp. */
  readonly number: number;
};

export type ReplyOptions = {
  /** The kernel's stamp; none when null. */
  readonly stamp?: number | null;
  readonly from?: string;
  readonly change?: (message: Uint8Array) => Uint8Array;
};

/** `family`: of the socket it waits at; without one, that of the first target. */
type Queued = Received & { readonly family?: Family };

/**
 * A pinger over sockets whose kernel is the test's: what is sent and when, what comes back, which calls fail. One socket for each
 * family of the targets; what is said of calls goes for whichever makes the next.
 */
export function fakeKernel({
  family = 4,
  type = 'raw',
  stampsSent = true,
  targets = [{ name: 'vm', host: family === 4 ? '10.0.0.5' : 'fd00::5' }],
  perSecond = 1000,
  // Its numbers run over 32 bits in most tests.
  firstAttempt = 0xffff_fffe,
}: {
  readonly family?: Family;
  readonly type?: SocketType;
  readonly stampsSent?: boolean;
  readonly targets?: readonly {
    readonly name: string;
    readonly host: string;
    readonly size?: number;
    readonly tooLarge?: boolean;
  }[];
  readonly perSecond?: number;
  readonly firstAttempt?: number;
} = {}) {
  const planned = targets.map(({ name, host, size = 56, tooLarge = false }): KernelTarget => {
    const address = parseAddress(host);
    if (address === null) throw new Error(host);
    return { name, address, scope: 0, size, tooLarge };
  });
  const identity = { id: 0x1234, nonce: Buffer.from('0102030405060708', 'hex') };

  const kernel = {
    now: 10_000 * MS,
    /** False: the wall clock was just stepped. */
    clockHolds: true,
    drops: 0,
    /** How long a call of send takes. */
    sendTakes: 0,
    /** −errno of the next calls of send, one each; null lets one pass. */
    sendErrors: [] as (number | null)[],
    /** The error of an earlier packet that waits at the socket: the next call takes it instead of doing its work. */
    pending: 0,
    /** The same, but it comes between reading the error queue and reading replies. */
    pendingAtReplies: 0,
    sent: [] as Packet[],
    /** Called for each packet when it leaves. */
    onSent: null as ((packet: Packet) => void) | null,
    replies: [] as Queued[],
    errors: [] as Queued[],
    stampNumber: 0,
    restarts: 0,
    cleared: 0,
    /** Most messages that one receive gives. */
    most: Number.POSITIVE_INFINITY,
  };
  const takePending = () => {
    const errno = kernel.pending;
    kernel.pending = 0;
    return errno;
  };
  const first = planned[0]?.address.family ?? family;
  const take = (
    what: 'replies' | 'errors',
    of: Family,
    ring: Parameters<IcmpSocket['receive']>[0],
  ): number => {
    const errno = takePending();
    if (errno !== 0) return -errno;
    const own = kernel[what].filter((one) => (one.family ?? first) === of);
    const some = own.slice(0, Math.min(ring.count, kernel.most));
    if (some.length === 0) return -linux.EAGAIN;
    const taken = new Set(some);
    kernel[what] = kernel[what].filter((one) => !taken.has(one));
    for (const [i, one] of some.entries()) deliver(ring, i, one);
    return some.length;
  };
  const hostAt = (of: Family, names: DataView, at: number): string => {
    const found = planned.find(({ address }) => {
      if (address.family !== of) return false;
      const bytes = new Uint8Array(names.buffer, at + (of === 4 ? 4 : 8), address.bytes.length);
      return address.bytes.every((byte, i) => bytes[i] === byte);
    });
    return found?.address.text ?? 'nobody';
  };
  const socketOf = (of: Family): IcmpSocket => ({
    family: of,
    type,
    stampsSent,
    send: (ring, from, to) => {
      const errno = takePending();
      if (errno !== 0) return -errno;
      let left = 0;
      for (let i = from; i < to; i++) {
        const failure = kernel.sendErrors.shift() ?? null;
        if (failure !== null) {
          if (left > 0) kernel.sendErrors.unshift(failure);
          return left > 0 ? left : failure;
        }
        const host = hostAt(of, ring.names, i * 32);
        // Several targets of one host differ in size; only the first of them is sent to in these tests.
        const size = planned.find(({ address }) => address.text === host)?.size ?? 0;
        const bytes = new Uint8Array(ring.data.buffer, i * ring.dataSize, 8 + size).slice();
        const packet = { bytes, to: host, number: kernel.stampNumber++ };
        kernel.sent.push(packet);
        kernel.onSent?.(packet);
        left++;
      }
      kernel.now += kernel.sendTakes;
      return left;
    },
    receive: (ring) => {
      kernel.pending += kernel.pendingAtReplies;
      kernel.pendingAtReplies = 0;
      return take('replies', of, ring);
    },
    receiveErrors: (ring) => take('errors', of, ring),
    clearError: () => {
      kernel.cleared++;
      kernel.pending = 0;
    },
    drops: () => kernel.drops,
    restartStamps: () => {
      kernel.restarts++;
      kernel.stampNumber = 0;
    },
    close: () => undefined,
  });
  const clock: KernelClock = {
    now: () => kernel.now,
    sleepUntil: (at) => {
      kernel.now = Math.max(kernel.now, at);
    },
    compare: () => kernel.clockHolds,
    ofStamp: (seconds, nanoseconds) => seconds * 1e9 + nanoseconds,
  };

  const waiting: { target: number; seq: number; due: number }[] = [];
  const rows: Row[] = [];
  const events: Omit<RunEvent, 'probe'>[] = [];
  const pinger = createKernelPinger(
    {
      libc: fakeLibc(),
      clock,
      sockets: new Map(planned.map(({ address }) => [address.family, socketOf(address.family)])),
      identity,
      targets: planned,
      timeoutNs: TIMEOUT,
      perSecond,
      firstAttempt,
      emit: (event) => events.push(event),
    },
    {
      next: () => waiting[0]?.due ?? Number.POSITIVE_INFINITY,
      take: (now, attempt) => {
        while (waiting[0] !== undefined && waiting[0].due <= now) {
          const one = waiting.shift();
          if (one !== undefined) attempt(one.target, one.seq, one.due);
        }
      },
    },
    (target, seq, _due, sent, latency, outcome, reason, flags, detail) =>
      rows.push({ target, seq, sent, latency, outcome, reason, flags, detail }),
  );

  const sockaddr = (text: string): Uint8Array => {
    const address = parseAddress(text);
    return address === null ? new Uint8Array(0) : socketAddress(address, 0);
  };
  const stamp = (at: number) => ({
    level: linux.SOL_SOCKET,
    type: linux.SO_TIMESTAMPING,
    body: timespecs(Math.floor(at / 1e9), at % 1e9, 3),
  });
  const familyOf = (to: string): Family => parseAddress(to)?.family ?? first;
  const seqs = targets.map(() => 0);
  return {
    kernel,
    rows,
    events,
    pinger,
    /** Sends `count` pings to a target, or to each of several, now. */
    ping: (target: number | readonly number[] = 0, count = 1): readonly Packet[] => {
      const before = kernel.sent.length;
      for (let i = 0; i < count; i++) {
        for (const one of [target].flat()) {
          const seq = seqs[one] ?? 0;
          seqs[one] = seq + 1;
          waiting.push({ target: one, seq, due: kernel.now });
        }
      }
      pinger.turn();
      return kernel.sent.slice(before);
    },
    /** Puts the answer to a request into the socket. */
    reply: (request: Packet | undefined, options: ReplyOptions = {}): void => {
      if (request === undefined) throw new Error('there is no such request');
      const {
        stamp: at = kernel.now,
        from = request.to,
        change = (same: Uint8Array) => same,
      } = options;
      const message = request.bytes.slice();
      const of = familyOf(request.to);
      message[0] = of === 4 ? 0 : 129;
      message.fill(0, 2, 4);
      const sum = checksumOf(new DataView(message.buffer), 0, message.length);
      message[2] = sum >> 8;
      message[3] = sum & 0xff;
      const changed = change(message);
      const header = new Uint8Array(of === 4 && type === 'raw' ? 20 : 0).fill(0x45, 0, 1);
      kernel.replies.push({
        family: of,
        data: Uint8Array.from([...header, ...changed]),
        name: sockaddr(from),
        control: controlBytes(at === null ? [] : [stamp(at)]),
      });
    },
    /** Puts the stamp of what left into the error queue. */
    left: (request: Packet | undefined, at: number): void => {
      const { number: data = 0 } = request ?? {};
      const error = extendedError({ errno: 42, origin: linux.ORIGIN_TIMESTAMPING, data });
      const control = controlBytes([
        stamp(at),
        { level: linux.SOL_IP, type: linux.IP_RECVERR, body: error },
      ]);
      kernel.errors.push({ data: new Uint8Array(0), name: new Uint8Array(0), control });
    },
    /** Puts an ICMP error about a request into the error queue; `quoted` bytes of it are in there. */
    refuse: (
      request: Packet | undefined,
      error: { readonly type: number; readonly code: number; readonly mtu?: number },
      quoted = 64,
      to = request?.to ?? '',
    ): void => {
      const { type: icmpType, code, mtu = 0 } = error;
      const of = request === undefined ? first : familyOf(request.to);
      const body = extendedError(
        {
          errno: mtu > 0 ? linux.EMSGSIZE : 113,
          origin: of === 4 ? linux.ORIGIN_ICMP : linux.ORIGIN_ICMP6,
          type: icmpType,
          code,
          info: mtu,
        },
        sockaddr(of === 4 ? '10.0.0.1' : 'fd00::1'),
      );
      const [level, recverr] =
        of === 4 ? [linux.SOL_IP, linux.IP_RECVERR] : [linux.SOL_IPV6, linux.IPV6_RECVERR];
      kernel.errors.push({
        family: of,
        data: request?.bytes.slice(0, quoted) ?? new Uint8Array(0),
        name: sockaddr(to),
        control: controlBytes([{ level, type: recverr, body }]),
      });
    },
    /** Lets time pass, with the turns of a loop that runs: the last is at the end. */
    pass: (ns: number): void => {
      const end = kernel.now + ns;
      while (kernel.now < end) {
        kernel.now = Math.min(end, kernel.now + TURNS_NS);
        pinger.turn();
      }
    },
    /** Lets time pass in which the process does not run, a turn at the end. */
    stand: (ns: number): void => {
      kernel.now += ns;
      pinger.turn();
    },
    /** What was counted beside the samples. */
    counted: (): Readonly<Record<string, number>> => {
      pinger.finish();
      const sums: Record<string, number> = {};
      for (const { what, detail } of events)
        sums[what] = (sums[what] ?? 0) + Number(detail['count']);
      return sums;
    },
  };
}

export const errno = (name: 'ENOBUFS' | 'EPERM' | 'EAGAIN' | 'EMSGSIZE' | 'EHOSTUNREACH') =>
  ({ ENOBUFS: 105, EPERM: 1, EAGAIN: 11, EMSGSIZE: 90, EHOSTUNREACH: 113 })[name];
