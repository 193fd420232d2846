import { LITTLE_ENDIAN } from '../../../src/platform/libc.ts';
import * as linux from './linux.ts';
import type { MessageRing } from './message-ring.ts';

/** What the kernel says about a message beside its bytes; filled anew by every `readControl`. */
export type Control = {
  /** The stamp, on the wall clock; 0 s without one. */
  stampSeconds: number;
  stampNanoseconds: number;
  /** An entry of the error queue (struct sock_extended_err); 0 without one. */
  origin: number;
  errno: number;
  type: number;
  code: number;
  /** The MTU, for "too big". */
  info: number;
  /** The number of the packet that a stamp is of. */
  data: number;
  /** Where the address of who reported the error begins in the ring's `control`; −1 without one. */
  offender: number;
};

export function emptyControl(): Control {
  return {
    stampSeconds: 0,
    stampNanoseconds: 0,
    origin: 0,
    errno: 0,
    type: 0,
    code: 0,
    info: 0,
    data: 0,
    offender: -1,
  };
}

const CMSG_HEADER = 16;
const TIMESPEC = 16;
const SOCK_EXTENDED_ERR = 16;
const SOCKADDR_IN = 16;
const SOCKADDR_IN6 = 28;
const LOW = LITTLE_ENDIAN ? 0 : 4;

/** The control data of message i (struct cmsghdr, aligned to 8 bytes) → `into`. What is cut off is as if it were not there. */
export function readControl(ring: MessageRing, i: number, into: Control): void {
  const { control } = ring;
  into.stampSeconds = 0;
  into.origin = 0;
  into.offender = -1;
  let at = i * ring.controlSize;
  const end = at + Math.min(ring.controlLength(i), ring.controlSize);
  while (at + CMSG_HEADER <= end) {
    const length = control.getUint32(at + LOW, LITTLE_ENDIAN);
    if (length < CMSG_HEADER || at + length > end) return;
    const level = control.getInt32(at + 8, LITTLE_ENDIAN);
    const type = control.getInt32(at + 12, LITTLE_ENDIAN);
    const body = at + CMSG_HEADER;
    const room = length - CMSG_HEADER;
    if (level === linux.SOL_SOCKET) {
      // SCM_TIMESTAMPNS is a timespec, SCM_TIMESTAMPING three of which the first is the kernel's.
      const stamp = type === linux.SO_TIMESTAMPNS || type === linux.SO_TIMESTAMPING;
      if (stamp && room >= TIMESPEC) {
        into.stampSeconds = control.getUint32(body + LOW, LITTLE_ENDIAN);
        into.stampNanoseconds = control.getUint32(body + 8 + LOW, LITTLE_ENDIAN);
      }
    } else if (
      room >= SOCK_EXTENDED_ERR &&
      ((level === linux.SOL_IP && type === linux.IP_RECVERR) ||
        (level === linux.SOL_IPV6 && type === linux.IPV6_RECVERR))
    ) {
      into.errno = control.getUint32(body, LITTLE_ENDIAN);
      into.origin = control.getUint8(body + 4);
      into.type = control.getUint8(body + 5);
      into.code = control.getUint8(body + 6);
      into.info = control.getUint32(body + 8, LITTLE_ENDIAN);
      into.data = control.getUint32(body + 12, LITTLE_ENDIAN);
      const address = level === linux.SOL_IP ? SOCKADDR_IN : SOCKADDR_IN6;
      into.offender = room >= SOCK_EXTENDED_ERR + address ? body + SOCK_EXTENDED_ERR : -1;
    }
    at += (length + 7) & ~7;
  }
}
