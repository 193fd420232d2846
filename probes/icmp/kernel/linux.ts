/** Numbers of Linux's socket interface (include/uapi, the same on every architecture koffi has a binary for). */

export const AF_INET = 2;
export const AF_INET6 = 10;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
export const SOCK_CLOEXEC = 0o2000000;
export const IPPROTO_ICMP = 1;
export const IPPROTO_ICMPV6 = 58;

export const MSG_TRUNC = 0x20;
export const MSG_DONTWAIT = 0x40;
export const MSG_ERRQUEUE = 0x2000;

export const EPERM = 1;
export const EAGAIN = 11;
export const EACCES = 13;
export const EINTR = 4;
export const EMSGSIZE = 90;
export const EAFNOSUPPORT = 97;

export const SOL_SOCKET = 1;
export const SO_ERROR = 4;
export const SO_SNDBUF = 7;
export const SO_RCVBUF = 8;
export const SO_ATTACH_FILTER = 26;
export const SO_SNDBUFFORCE = 32;
export const SO_RCVBUFFORCE = 33;
/** Also the type of the control message that carries the stamp. */
export const SO_TIMESTAMPNS = 35;
export const SO_TIMESTAMPING = 37;
export const SO_MEMINFO = 55;
/** Index of the count of packets the socket had no room for, in the words of SO_MEMINFO. */
export const MEMINFO_DROPS = 8;

export const SOF_TIMESTAMPING_TX_SOFTWARE = 1 << 1;
export const SOF_TIMESTAMPING_RX_SOFTWARE = 1 << 3;
export const SOF_TIMESTAMPING_SOFTWARE = 1 << 4;
export const SOF_TIMESTAMPING_OPT_ID = 1 << 7;
export const SOF_TIMESTAMPING_OPT_TSONLY = 1 << 11;

export const SOL_IP = 0;
export const IP_TOS = 1;
export const IP_TTL = 2;
export const IP_MTU_DISCOVER = 10;
export const IP_RECVERR = 11;
/** Sets "don't fragment", and asks the path each time instead of the kernel's memory of it. */
export const PMTUDISC_PROBE = 3;
export const PMTUDISC_DONT = 0;

export const SOL_IPV6 = 41;
export const IPV6_UNICAST_HOPS = 16;
export const IPV6_MTU_DISCOVER = 23;
export const IPV6_RECVERR = 25;
export const IPV6_DONTFRAG = 62;
export const IPV6_TCLASS = 67;

export const SOL_RAW = 255;
export const ICMP_FILTER = 1;
export const SOL_ICMPV6 = 58;
export const ICMPV6_FILTER = 1;

/** Where an entry of the error queue comes from (linux/errqueue.h). */
export const ORIGIN_ICMP = 2;
export const ORIGIN_ICMP6 = 3;
export const ORIGIN_TIMESTAMPING = 4;
