import type { Family } from '../address.ts';
import type { Identity } from '../identity.ts';

const HEADER = 8;
const NONCE = 8;
const TAG = NONCE + 4;

/** Whether the 8 bytes at `offset` are our nonce. */
function hasNonce(data: DataView, offset: number, nonce: DataView): boolean {
  return (
    data.getUint32(offset) === nonce.getUint32(0) &&
    data.getUint32(offset + 4) === nonce.getUint32(4)
  );
}

/** Finds out, without making anything, which of our requests a received message is about. */
export type EchoReader = {
  /**
   * The attempt that the echo reply in [start, end) answers, where start is its ICMP header; −1 for all that is not a whole reply to a
   * request of ours.
   */
  readonly reply: (data: DataView, start: number, end: number) => number;
  /**
   * The attempt whose beginning is quoted in [start, end) by the error queue; −1 when it is not ours. A quotation that is cut off within
   * our tag gives −2 − (16-bit sequence): RFC 792 asks for no more than the header, which proves nothing.
   */
  readonly quoted: (data: DataView, start: number, end: number) => number;
};

/** `id`: of our requests where we choose it; null on a datagram socket, where the kernel does and lets only ours through. */
export function createEchoReader(
  family: Family,
  { id, nonce }: { readonly id: number | null; readonly nonce: Identity['nonce'] },
): EchoReader {
  const own = new DataView(new ArrayBuffer(NONCE));
  for (let i = 0; i < NONCE; i++) own.setUint8(i, nonce[i] ?? 0);
  const [request, answer] = family === 4 ? [8, 0] : [128, 129];

  const attemptAt = (data: DataView, start: number): number => {
    if (!hasNonce(data, start + HEADER, own)) return -1;
    const attempt = data.getUint32(start + HEADER + NONCE);
    return (attempt & 0xffff) === data.getUint16(start + 6) ? attempt : -1;
  };
  return {
    reply: (data, start, end) => {
      if (end - start < HEADER + TAG || data.getUint8(start) !== answer) return -1;
      if (id !== null && data.getUint16(start + 4) !== id) return -1;
      return attemptAt(data, start);
    },
    quoted: (data, from, end) => {
      // A raw IPv6 socket is given the quotation from its IP header on, the others from the ICMP header on.
      const withHeader = family === 6 && end - from >= 48 && data.getUint8(from) >> 4 === 6;
      const start = withHeader ? from + 40 : from;
      if (end - start < HEADER || data.getUint8(start) !== request) return -1;
      if (id !== null && data.getUint16(start + 4) !== id) return -1;
      if (end - start >= HEADER + TAG) return attemptAt(data, start);
      for (let at = start + HEADER; at < Math.min(end, start + HEADER + NONCE); at++) {
        if (data.getUint8(at) !== nonce[at - start - HEADER]) return -1;
      }
      return -2 - data.getUint16(start + 6);
    },
  };
}

/** Where the ICMP message of a received IPv4 packet begins (a raw socket gives its IP header too); −1 when it is cut off. */
export function icmpStart(data: DataView, start: number, end: number): number {
  if (end - start < 20) return -1;
  const at = start + (data.getUint8(start) & 0x0f) * 4;
  return at > end ? -1 : at;
}
