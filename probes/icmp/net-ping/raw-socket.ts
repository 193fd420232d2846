import type { NativeSocket, NetPing } from 'net-ping';
import { messageOf } from '../../../src/errors/coded-error.ts';
import type { RunNs } from '../../../src/model/time.ts';
import type { Family } from '../address.ts';
import type { Identity } from '../identity.ts';
import { tagRequest } from './packet.ts';

/**
 * A raw ICMP socket of net-ping, used without net-ping's own queue, timers and matching: those read one message a turn of
 * the event loop, starve sending while anything can be read, and match by (id, sequence) alone.
 */
export type IcmpSocket = {
  /** Sends one echo request, at once. Null, or the system's words for why it could not leave this machine. */
  readonly send: (attempt: number, destination: string) => string | null;
  /** Reads what waits in the socket. False when more than a full buffer came: it is not known to be empty then. */
  readonly drain: () => boolean;
  /** When the socket was last known to hold nothing; −Infinity before the first time. */
  readonly emptyAt: () => RunNs;
  readonly close: () => void;
};

export type IcmpSocketEvents = {
  /** Valid only during the call: the buffer is used again. */
  readonly message: (message: Buffer, source: string) => void;
  /** The socket is unusable from now on; nothing else is called. */
  readonly broken: (why: string) => void;
};

/** More messages than any receive buffer holds: a drain that reads so many is being flooded. */
const DRAIN_LIMIT = 65_536;
/** Read in one turn of the event loop before timers and sending get theirs. */
const TURN_LIMIT = 256;

/** Linux numbers; net-ping does not export those of raw-socket. */
const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;
const SO_SNDBUFFORCE = 32;
const SO_RCVBUFFORCE = 33;
const SOL_RAW = 255;
const IPPROTO_ICMPV6 = 58;
const FILTER = 1;

/**
 * Replies wait here while the process stands still, and unanswered requests for a neighbour are charged to the sender for
 * seconds: the default of 208 KiB is about 270 packets.
 */
const BUFFER_BYTES = 8 << 20;

export type IcmpSocketOptions = {
  readonly identity: Identity;
  /** Bytes of payload. */
  readonly size: number;
  readonly now: () => RunNs;
};

/** Opens the socket. Throws an Error with the system's words when that is not allowed. */
export function openIcmpSocket(
  library: NetPing,
  family: Family,
  { identity, size, now }: IcmpSocketOptions,
  events: IcmpSocketEvents,
): IcmpSocket {
  const session = library.createSession({
    networkProtocol: family === 4 ? library.NetworkProtocol.IPv4 : library.NetworkProtocol.IPv6,
    packetSize: 8 + size,
    retries: 0,
    sessionId: identity.id,
  });
  const { wrap } = session.getSocket();
  const into = Buffer.alloc(65_536);
  let open = true;
  let emptyAt = Number.NEGATIVE_INFINITY;

  // After close the native socket would quietly open itself again: nothing may touch it then.
  const close = () => {
    if (!open) return;
    open = false;
    wrap.removeAllListeners();
    session.close();
  };
  const broken = (why: string) => {
    close();
    events.broken(why);
  };
  const read = (limit: number): boolean => {
    for (let count = 0; count < limit && open; count++) {
      const asked = now();
      let length = 0;
      let source = '';
      try {
        wrap.recv(into, (_, bytes, from) => {
          length = bytes;
          source = from;
        });
      } catch (error) {
        if (isWouldBlock(error)) emptyAt = asked;
        else broken(messageOf(error));
        return true;
      }
      events.message(into.subarray(0, length), source);
    }
    return !open;
  };

  wrap.removeAllListeners();
  wrap.on('recvReady', () => {
    read(TURN_LIMIT);
  });
  wrap.on('error', (error) => {
    broken(`poll: ${messageOf(error)}`);
  });
  enlargeBuffers(wrap);
  filterTypes(wrap, family);

  return {
    close,
    emptyAt: () => emptyAt,
    drain: () => read(DRAIN_LIMIT),
    send: (attempt, destination) => {
      if (!open) return 'the socket is closed';
      const packet = tagRequest(
        session.toBuffer({ id: attempt & 0xffff }),
        family,
        identity,
        attempt,
      );
      let sent = -1;
      try {
        wrap.send(packet, 0, packet.length, destination, (bytes) => {
          sent = bytes;
        });
      } catch (error) {
        return messageOf(error);
      }
      return sent === packet.length ? null : `${String(sent)} of ${String(packet.length)} bytes`;
    },
  };
}

function isWouldBlock(error: unknown): boolean {
  return messageOf(error) === 'Resource temporarily unavailable';
}

function enlargeBuffers(wrap: NativeSocket): void {
  for (const [forced, capped] of [
    [SO_RCVBUFFORCE, SO_RCVBUF],
    [SO_SNDBUFFORCE, SO_SNDBUF],
  ] as const) {
    // Beyond net.core.[rw]mem_max only with CAP_NET_ADMIN; without it, up to them.
    if (!setOption(wrap, SOL_SOCKET, forced, BUFFER_BYTES)) {
      setOption(wrap, SOL_SOCKET, capped, BUFFER_BYTES);
    }
  }
}

/** Lets only replies and errors into the buffer: on loopback every request would take a place in it too. */
function filterTypes(wrap: NativeSocket, family: Family): void {
  if (family === 4) {
    const pass = [0, 3, 11, 12].reduce((mask, type) => mask | (1 << type), 0);
    setOption(wrap, SOL_RAW, FILTER, ~pass >>> 0);
    return;
  }
  // struct icmp6_filter: a bit for each of 256 types in 32-bit words of the machine's order; a set bit blocks.
  const blocked = new Uint32Array(8).fill(0xffff_ffff);
  for (const type of [1, 2, 3, 4, 129]) {
    blocked[type >> 5] = ((blocked[type >> 5] ?? 0) & ~(1 << (type & 31))) >>> 0;
  }
  setOption(wrap, IPPROTO_ICMPV6, FILTER, Buffer.from(blocked.buffer));
}

/** False when the system refuses: none of these options is needed for correct answers, only for room. */
function setOption(
  wrap: NativeSocket,
  level: number,
  option: number,
  value: number | Buffer,
): boolean {
  try {
    if (typeof value === 'number') wrap.setOption(level, option, value);
    else wrap.setOption(level, option, value, value.length);
    return true;
  } catch {
    return false;
  }
}
