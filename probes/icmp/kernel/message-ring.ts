import { LITTLE_ENDIAN, type Libc } from '../../../src/platform/libc.ts';

/**
 * Memory for `count` messages of one sendmmsg or recvmmsg call: struct mmsghdr, each with one buffer, an address and control data, as
 * 64-bit Linux lays them out (bits/socket.h). All of it is made once; message i begins at i × size in each part.
 */
export type MessageRing = {
  readonly count: number;
  readonly headers: Uint8Array;
  /** The headers from message i on. */
  readonly headersFrom: (i: number) => Uint8Array;
  readonly data: DataView;
  readonly dataSize: number;
  readonly names: DataView;
  readonly control: DataView;
  readonly controlSize: number;
  /** How many bytes of message i are sent. */
  readonly setLength: (i: number, length: number) => void;
  readonly setNameLength: (i: number, length: number) => void;
  /** Gives back the room for addresses and control data, which a receive shortens. */
  readonly renew: (count: number) => void;
  /** How long message i was when it came; more than `dataSize` when it was cut (with MSG_TRUNC). */
  readonly length: (i: number) => number;
  readonly controlLength: (i: number) => number;
  readonly flags: (i: number) => number;
};

const HEADER = 64;
const NAME = 32;
const VECTOR = 16;
const NAME_LENGTH = 8;
const VECTORS = 16;
const VECTOR_COUNT = 24;
const CONTROL = 32;
const CONTROL_LENGTH = 40;
const FLAGS = 48;
const LENGTH = 56;

/** For sizes of 64 bits below 4 GiB: where their low half lies. */
const LOW = LITTLE_ENDIAN ? 0 : 4;

/** Room for a struct sockaddr_in6 beside each message. */
export const NAME_SIZE = NAME;

export function createMessageRing(
  libc: Libc,
  count: number,
  dataSize: number,
  controlSize: number,
): MessageRing {
  const data = new ArrayBuffer(count * dataSize);
  const names = new ArrayBuffer(count * NAME);
  const control = new ArrayBuffer(Math.max(8, count * controlSize));
  const vectors = new DataView(new ArrayBuffer(count * VECTOR));
  const headers = new DataView(new ArrayBuffer(count * HEADER));
  const base = {
    data: libc.address(data),
    names: libc.address(names),
    control: libc.address(control),
    vectors: libc.address(vectors.buffer),
  };
  for (let i = 0; i < count; i++) {
    const header = i * HEADER;
    const place = (view: DataView, offset: number, address: bigint) => {
      view.setBigUint64(offset, address, LITTLE_ENDIAN);
    };
    place(vectors, i * VECTOR, base.data + BigInt(i * dataSize));
    place(vectors, i * VECTOR + 8, BigInt(dataSize));
    place(headers, header, base.names + BigInt(i * NAME));
    headers.setUint32(header + NAME_LENGTH, NAME, LITTLE_ENDIAN);
    place(headers, header + VECTORS, base.vectors + BigInt(i * VECTOR));
    place(headers, header + VECTOR_COUNT, 1n);
    if (controlSize === 0) continue;
    place(headers, header + CONTROL, base.control + BigInt(i * controlSize));
    place(headers, header + CONTROL_LENGTH, BigInt(controlSize));
  }
  const all = new Uint8Array(headers.buffer);
  return {
    count,
    headers: all,
    headersFrom: (i) => (i === 0 ? all : all.subarray(i * HEADER)),
    data: new DataView(data),
    dataSize,
    names: new DataView(names),
    control: new DataView(control),
    controlSize,
    setLength: (i, length) => {
      vectors.setUint32(i * VECTOR + 8 + LOW, length, LITTLE_ENDIAN);
    },
    setNameLength: (i, length) => {
      headers.setUint32(i * HEADER + NAME_LENGTH, length, LITTLE_ENDIAN);
    },
    renew: (used) => {
      for (let i = 0; i < used; i++) {
        headers.setUint32(i * HEADER + NAME_LENGTH, NAME, LITTLE_ENDIAN);
        headers.setUint32(i * HEADER + CONTROL_LENGTH + LOW, controlSize, LITTLE_ENDIAN);
      }
    },
    length: (i) => headers.getUint32(i * HEADER + LENGTH, LITTLE_ENDIAN),
    controlLength: (i) => headers.getUint32(i * HEADER + CONTROL_LENGTH + LOW, LITTLE_ENDIAN),
    flags: (i) => headers.getInt32(i * HEADER + FLAGS, LITTLE_ENDIAN),
  };
}
