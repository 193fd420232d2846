import { LITTLE_ENDIAN, type Libc } from '../../../src/platform/libc.ts';
import type { Family, HostAddress } from '../address.ts';
import type { IpOptions } from '../config.ts';
import * as linux from './linux.ts';
import type { MessageRing } from './message-ring.ts';
import { socketAddress } from './socket-name.ts';

/** `raw` needs CAP_NET_RAW; `datagram` a group that net.ipv4.ping_group_range names. */
export type SocketType = 'raw' | 'datagram';

/** An ICMP socket of the kernel for one address family. It never blocks. */
export type IcmpSocket = {
  readonly family: Family;
  readonly type: SocketType;
  /** Whether the kernel stamps packets when they leave, not only when they come. */
  readonly stampsSent: boolean;
  /** Messages [from, to) of the ring. How many left, or −errno of the first. */
  readonly send: (ring: MessageRing, from: number, to: number) => number;
  /** How many messages came into the ring, or −errno. */
  readonly receive: (ring: MessageRing) => number;
  /** The same from the error queue: ICMP errors, and stamps of what left. */
  readonly receiveErrors: (ring: MessageRing) => number;
  /** Takes the error that waits at the socket, if one does: it belongs to an earlier packet, not to the next. */
  readonly clearError: () => void;
  /** Packets for this socket that it had no room for, since it was opened. */
  readonly drops: () => number;
  /** Counts what leaves from 0 again, for matching stamps. */
  readonly restartStamps: () => void;
  readonly close: () => void;
};

export type OpenedSocket = IcmpSocket | { readonly errno: number; readonly call: string };

/**
 * Replies wait here while this process does not run, and unanswered requests for a neighbour are charged to the sender for
 * seconds: the default of 208 KiB is about 270 packets.
 */
const BUFFER_BYTES = 16 << 20;

/** Opens one of this type; `id` is the identifier of our requests, which only a raw socket chooses itself. */
export function openIcmpSocket(
  libc: Libc,
  family: Family,
  type: SocketType,
  options: IpOptions & { readonly id: number; readonly source: HostAddress | null },
): OpenedSocket {
  const four = family === 4;
  const fd = libc.socket(
    four ? linux.AF_INET : linux.AF_INET6,
    (type === 'raw' ? linux.SOCK_RAW : linux.SOCK_DGRAM) | linux.SOCK_CLOEXEC,
    four ? linux.IPPROTO_ICMP : linux.IPPROTO_ICMPV6,
  );
  if (fd < 0) return { errno: -fd, call: 'socket' };
  const set = (level: number, option: number, value: number) =>
    libc.setsockopt(fd, level, option, word(value));
  const refused = setUp(libc, fd, family, type, options, set);
  if (refused !== null) {
    libc.close(fd);
    return refused;
  }
  const stamps =
    linux.SOF_TIMESTAMPING_RX_SOFTWARE |
    linux.SOF_TIMESTAMPING_TX_SOFTWARE |
    linux.SOF_TIMESTAMPING_SOFTWARE |
    linux.SOF_TIMESTAMPING_OPT_ID |
    linux.SOF_TIMESTAMPING_OPT_TSONLY;
  const stampsSent = set(linux.SOL_SOCKET, linux.SO_TIMESTAMPING, stamps) === 0;
  if (!stampsSent) set(linux.SOL_SOCKET, linux.SO_TIMESTAMPNS, 1);
  const memory = new Uint8Array(9 * 4);
  return {
    family,
    type,
    stampsSent,
    send: (ring, from, to) =>
      libc.sendmmsg(fd, ring.headersFrom(from), to - from, linux.MSG_DONTWAIT),
    receive: (ring) =>
      libc.recvmmsg(fd, ring.headers, ring.count, linux.MSG_DONTWAIT | linux.MSG_TRUNC),
    receiveErrors: (ring) =>
      libc.recvmmsg(fd, ring.headers, ring.count, linux.MSG_DONTWAIT | linux.MSG_ERRQUEUE),
    clearError: () => {
      libc.getsockopt(fd, linux.SOL_SOCKET, linux.SO_ERROR, new Uint8Array(4));
    },
    drops: () => {
      if (libc.getsockopt(fd, linux.SOL_SOCKET, linux.SO_MEMINFO, memory) < 0) return 0;
      return new DataView(memory.buffer).getUint32(4 * linux.MEMINFO_DROPS, LITTLE_ENDIAN);
    },
    restartStamps: () => {
      if (!stampsSent) return;
      set(linux.SOL_SOCKET, linux.SO_TIMESTAMPING, stamps & ~linux.SOF_TIMESTAMPING_OPT_ID);
      set(linux.SOL_SOCKET, linux.SO_TIMESTAMPING, stamps);
    },
    close: () => {
      libc.close(fd);
    },
  };
}

type SetOption = (level: number, option: number, value: number) => number;

/** Null when everything that the scenario asks for was granted. */
function setUp(
  libc: Libc,
  fd: number,
  family: Family,
  type: SocketType,
  options: Parameters<typeof openIcmpSocket>[3],
  set: SetOption,
): { readonly errno: number; readonly call: string } | null {
  const four = family === 4;
  for (const [forced, capped] of [
    [linux.SO_RCVBUFFORCE, linux.SO_RCVBUF],
    [linux.SO_SNDBUFFORCE, linux.SO_SNDBUF],
  ] as const) {
    // Beyond net.core.[rw]mem_max only with CAP_NET_ADMIN; without it, up to them.
    if (set(linux.SOL_SOCKET, forced, BUFFER_BYTES) < 0)
      set(linux.SOL_SOCKET, capped, BUFFER_BYTES);
  }
  if (type === 'raw') onlyOwnReplies(libc, fd, family, options.id);
  const { df, tos, ttl, source } = options;
  const wanted: readonly (readonly [string, number, number, number] | null)[] = [
    [
      'IP_RECVERR',
      ...(four ? [linux.SOL_IP, linux.IP_RECVERR] : [linux.SOL_IPV6, linux.IPV6_RECVERR]),
      1,
    ],
    df !== true
      ? null
      : [
          'IP_MTU_DISCOVER',
          ...(four
            ? [linux.SOL_IP, linux.IP_MTU_DISCOVER]
            : [linux.SOL_IPV6, linux.IPV6_MTU_DISCOVER]),
          linux.PMTUDISC_PROBE,
        ],
    df === true && !four ? ['IPV6_DONTFRAG', linux.SOL_IPV6, linux.IPV6_DONTFRAG, 1] : null,
    // Without `df` a large ping may be cut up on its way, as `ping` does it.
    df !== true && four
      ? ['IP_MTU_DISCOVER', linux.SOL_IP, linux.IP_MTU_DISCOVER, linux.PMTUDISC_DONT]
      : null,
    tos === undefined
      ? null
      : [
          'IP_TOS',
          ...(four ? [linux.SOL_IP, linux.IP_TOS] : [linux.SOL_IPV6, linux.IPV6_TCLASS]),
          tos,
        ],
    ttl === undefined
      ? null
      : [
          'IP_TTL',
          ...(four ? [linux.SOL_IP, linux.IP_TTL] : [linux.SOL_IPV6, linux.IPV6_UNICAST_HOPS]),
          ttl,
        ],
  ].map((entry) => entry as readonly [string, number, number, number] | null);
  for (const entry of wanted) {
    if (entry === null) continue;
    const [call, level, option, value] = entry;
    const result = set(level, option, value);
    if (result < 0) return { errno: -result, call };
  }
  if (source === null) return null;
  const bound = libc.bind(fd, socketAddress(source, scopeOf(libc, source)));
  return bound < 0 ? { errno: -bound, call: `bind to ${source.text}` } : null;
}

/**
 * A raw socket is handed every echo reply of the machine. The kernel lets only those with our identifier into the buffer, so
 * that other people's pings cannot fill it.
 */
function onlyOwnReplies(libc: Libc, fd: number, family: Family, id: number): void {
  const four = family === 4;
  const types = new Uint32Array(four ? 1 : 8).fill(0xffff_ffff);
  const reply = four ? 0 : 129;
  types[reply >> 5] = ~(1 << (reply & 31)) >>> 0;
  const bytes = new Uint8Array(types.buffer);
  libc.setsockopt(
    fd,
    four ? linux.SOL_RAW : linux.SOL_ICMPV6,
    four ? linux.ICMP_FILTER : linux.ICMPV6_FILTER,
    bytes,
  );
  // Classic BPF: IPv4 begins with its IP header, IPv6 with the ICMP header.
  const program: readonly (readonly [code: number, jt: number, jf: number, k: number])[] = [
    four ? [0xb1, 0, 0, 0] : [0x01, 0, 0, 0], // x = 4 × (packet[0] & 15), or 0
    [0x48, 0, 0, 4], // a = the 16 bits at x + 4: the identifier
    [0x15, 0, 1, id], // a == id?
    [0x06, 0, 0, 0xffff_ffff], // take all of it
    [0x06, 0, 0, 0], // take nothing
  ];
  const filter = new DataView(new ArrayBuffer(program.length * 8));
  for (const [i, [code, jt, jf, k]] of program.entries()) {
    filter.setUint16(i * 8, code, LITTLE_ENDIAN);
    filter.setUint8(i * 8 + 2, jt);
    filter.setUint8(i * 8 + 3, jf);
    filter.setUint32(i * 8 + 4, k, LITTLE_ENDIAN);
  }
  const fprog = new DataView(new ArrayBuffer(16));
  fprog.setUint16(0, program.length, LITTLE_ENDIAN);
  fprog.setBigUint64(8, libc.address(filter.buffer), LITTLE_ENDIAN);
  libc.setsockopt(fd, linux.SOL_SOCKET, linux.SO_ATTACH_FILTER, new Uint8Array(fprog.buffer));
}

/** The interface a link-local address is on, in the namespace of the calling thread; 0 for other addresses. */
export function scopeOf(libc: Libc, address: HostAddress): number {
  const zone = address.destination.split('%')[1];
  if (zone === undefined) return 0;
  return /^\d+$/.test(zone) ? Number(zone) : libc.interfaceIndex(zone);
}

function word(value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(4));
  view.setInt32(0, value, LITTLE_ENDIAN);
  return new Uint8Array(view.buffer);
}
