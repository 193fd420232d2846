import type { Family } from '../address.ts';
import type { Identity } from '../identity.ts';

const HEADER = 8;

/** Writes echo requests that differ only in the attempt: payload and most of the checksum are made once. */
export type EchoRequest = {
  /** Bytes of the ICMP message. */
  readonly length: number;
  /** Everything but sequence, attempt and checksum, at `offset`. */
  readonly fill: (message: DataView, offset: number) => void;
  /** What `fill` left out. */
  readonly write: (message: DataView, offset: number, attempt: number) => void;
};

/**
 * Header, nonce (8 bytes), attempt (32 bits; the sequence is its low 16), then bytes that count up as those of `ping` do. The
 * checksum (RFC 1071) is written for IPv4; for IPv6 and on datagram sockets the kernel writes its own over it.
 */
export function createEchoRequest(family: Family, size: number, identity: Identity): EchoRequest {
  const length = HEADER + size;
  const template = new DataView(new ArrayBuffer(length + (length % 2)));
  template.setUint8(0, family === 4 ? 8 : 128);
  template.setUint16(4, identity.id);
  for (let i = 0; i < 8; i++) template.setUint8(HEADER + i, identity.nonce[i] ?? 0);
  for (let i = HEADER + 12; i < length; i++) template.setUint8(i, i & 0xff);
  let sum = 0;
  for (let i = 0; i < length; i += 2) sum += template.getUint16(i);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  const bytes = new Uint8Array(template.buffer, 0, length);
  return {
    length,
    fill: (message, offset) => {
      new Uint8Array(message.buffer, message.byteOffset + offset, length).set(bytes);
    },
    write: (message, offset, attempt) => {
      const high = attempt >>> 16;
      const low = attempt & 0xffff;
      // The low half stands twice: as the sequence and in the payload.
      let whole = sum + low + low + high;
      whole = (whole & 0xffff) + (whole >>> 16);
      whole = (whole & 0xffff) + (whole >>> 16);
      message.setUint16(offset + 2, ~whole & 0xffff);
      message.setUint16(offset + 6, low);
      message.setUint32(offset + HEADER + 8, attempt);
    },
  };
}

/** The Internet checksum (RFC 1071) of `length` bytes from `offset` on: 0 over a message that carries a right one. */
export function checksumOf(message: DataView, offset: number, length: number): number {
  let sum = 0;
  const even = offset + (length & ~1);
  for (let i = offset; i < even; i += 2) sum += message.getUint16(i);
  if (length % 2 === 1) sum += message.getUint8(even) << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
