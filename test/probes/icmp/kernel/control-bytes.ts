import type { MessageRing } from '../../../../probes/icmp/kernel/message-ring.ts';
import { LITTLE_ENDIAN } from '../../../../src/platform/libc.ts';

export type ControlMessage = {
  readonly level: number;
  readonly type: number;
  readonly body: Uint8Array;
};

const HEADER = 16;
/** Of struct mmsghdr: where the kernel leaves the lengths it found. */
const MMSGHDR = 64;
const CONTROL_LENGTH = 40;
const LENGTH = 56;

/** Control messages as the kernel lays them out: struct cmsghdr, each aligned to 8 bytes. */
export function controlBytes(messages: readonly ControlMessage[]): Uint8Array {
  const parts = messages.map(({ level, type, body }) => {
    const part = new Uint8Array((HEADER + body.length + 7) & ~7);
    const view = new DataView(part.buffer);
    view.setBigUint64(0, BigInt(HEADER + body.length), LITTLE_ENDIAN);
    view.setInt32(8, level, LITTLE_ENDIAN);
    view.setInt32(12, type, LITTLE_ENDIAN);
    part.set(body, HEADER);
    return part;
  });
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** struct timespec, `times` over as SCM_TIMESTAMPING has them. */
export function timespecs(seconds: number, nanoseconds: number, times: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(16 * times));
  view.setBigInt64(0, BigInt(seconds), LITTLE_ENDIAN);
  view.setBigInt64(8, BigInt(nanoseconds), LITTLE_ENDIAN);
  return new Uint8Array(view.buffer);
}

/** struct sock_extended_err and the address of who reported it. */
export function extendedError(
  fields: {
    readonly errno: number;
    readonly origin: number;
    readonly type?: number;
    readonly code?: number;
    readonly info?: number;
    readonly data?: number;
  },
  offender: Uint8Array = new Uint8Array(0),
): Uint8Array {
  const view = new DataView(new ArrayBuffer(16 + offender.length));
  view.setUint32(0, fields.errno, LITTLE_ENDIAN);
  view.setUint8(4, fields.origin);
  view.setUint8(5, fields.type ?? 0);
  view.setUint8(6, fields.code ?? 0);
  view.setUint32(8, fields.info ?? 0, LITTLE_ENDIAN);
  view.setUint32(12, fields.data ?? 0, LITTLE_ENDIAN);
  const bytes = new Uint8Array(view.buffer);
  bytes.set(offender, 16);
  return bytes;
}

export type Received = {
  readonly data: Uint8Array;
  /** struct sockaddr. */
  readonly name: Uint8Array;
  readonly control: Uint8Array;
};

/** Leaves a message in the ring as recvmmsg does: what there is no room for is cut off, and its whole length told (MSG_TRUNC). */
export function deliver(ring: MessageRing, i: number, { data, name, control }: Received): void {
  const place = (view: DataView, size: number, bytes: Uint8Array) => {
    new Uint8Array(view.buffer, i * size, size).set(bytes.subarray(0, size));
  };
  place(ring.data, ring.dataSize, data);
  place(ring.names, 32, name);
  place(ring.control, ring.controlSize, control);
  const headers = new DataView(ring.headers.buffer);
  headers.setUint32(i * MMSGHDR + LENGTH, data.length, LITTLE_ENDIAN);
  headers.setBigUint64(i * MMSGHDR + CONTROL_LENGTH, BigInt(control.length), LITTLE_ENDIAN);
}
