import { expect } from 'chai';
import fc from 'fast-check';
import type { Family } from '../../../../probes/icmp/address.ts';
import { TAG_BYTES } from '../../../../probes/icmp/identity.ts';
import { checksumOf, createEchoRequest } from '../../../../probes/icmp/kernel/echo-request.ts';

/** RFC 1071, as it is written there: the sum of all 16-bit words, carries added back one by one. */
function byTheRfc(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) {
    sum += (bytes[i] ?? 0) * 256 + (bytes[i + 1] ?? 0);
    if (sum > 0xffff) sum -= 0xffff;
  }
  return 0xffff - sum;
}

function write(
  family: Family,
  size: number,
  attempt: number,
  id: number,
  nonce: Buffer,
  offset = 0,
): Uint8Array {
  const request = createEchoRequest(family, size, { id, nonce });
  // What lies around it is not part of it.
  const memory = new Uint8Array(offset + request.length + 16).fill(0xee);
  const view = new DataView(memory.buffer);
  request.fill(view, offset);
  request.write(view, offset, attempt);
  expect(memory.subarray(0, offset).every((byte) => byte === 0xee)).to.equal(true);
  expect(memory.subarray(offset + request.length).every((byte) => byte === 0xee)).to.equal(true);
  return memory.slice(offset, offset + request.length);
}

const attempt = fc.integer({ min: 0, max: 0xffff_ffff });
const size = fc.integer({ min: TAG_BYTES, max: 8973 });
const id = fc.integer({ min: 0, max: 0xffff });
const nonce = fc.uint8Array({ minLength: 8, maxLength: 8 }).map((bytes) => Buffer.from(bytes));
const family = fc.constantFrom<Family>(4, 6);

describe('echo request', () => {
  it('is header, nonce, attempt and bytes that count up', () => {
    const bytes = write(4, 20, 0x0001_02ff, 0x1234, Buffer.from('a1a2a3a4a5a6a7a8', 'hex'));
    expect(Buffer.from(bytes).toString('hex')).to.equal(
      // type 8, code 0, checksum, identifier, sequence = the low half of the attempt
      '0800' + 'f0d5' + '1234' + '02ff' + 'a1a2a3a4a5a6a7a8' + '000102ff' + '1415161718191a1b',
    );
  });

  it('of IPv6 has its type', () => {
    expect(write(6, 12, 1, 1, Buffer.alloc(8))[0]).to.equal(128);
  });

  it('has the checksum of RFC 1071, whatever its size, even or odd, attempt, identifier and nonce', () => {
    fc.assert(
      fc.property(
        family,
        size,
        attempt,
        id,
        nonce,
        (...[of, bytes, number, identifier, random]) => {
          const message = write(of, bytes, number, identifier, random);
          expect(message.length).to.equal(8 + bytes);
          const carried = ((message[2] ?? 0) << 8) | (message[3] ?? 0);
          const without = message.slice().fill(0, 2, 4);
          expect(carried).to.equal(byTheRfc(without));
          expect(checksumOf(new DataView(message.buffer), 0, message.length)).to.equal(0);
        },
      ),
    );
  });

  it('written over one of another attempt is that of its own attempt', () => {
    fc.assert(
      fc.property(size, attempt, attempt, nonce, (bytes, before, after, random) => {
        const request = createEchoRequest(4, bytes, { id: 7, nonce: random });
        const view = new DataView(new ArrayBuffer(request.length));
        request.fill(view, 0);
        request.write(view, 0, before);
        request.write(view, 0, after);
        expect(new Uint8Array(view.buffer)).to.deep.equal(write(4, bytes, after, 7, random));
      }),
    );
  });

  it('lies where it is told to, in a view that begins anywhere', () => {
    const request = createEchoRequest(4, 13, { id: 7, nonce: Buffer.alloc(8, 1) });
    const memory = new ArrayBuffer(64);
    const view = new DataView(memory, 16);
    request.fill(view, 8);
    request.write(view, 8, 5);
    const there = new Uint8Array(memory, 24, request.length);
    expect(there.slice()).to.deep.equal(write(4, 13, 5, 7, Buffer.alloc(8, 1)));
  });

  it('smaller than another, written over its bytes, is right all the same', () => {
    fc.assert(
      fc.property(size, size, attempt, nonce, (one, other, number, random) => {
        const identity = { id: 7, nonce: random };
        const [small, large] = [Math.min(one, other), Math.max(one, other)];
        const view = new DataView(new ArrayBuffer(8 + large));
        createEchoRequest(4, large, identity).fill(view, 0);
        createEchoRequest(4, small, identity).write(view, 0, number);
        expect(new Uint8Array(view.buffer, 0, 8 + small).slice()).to.deep.equal(
          write(4, small, number, 7, random),
        );
      }),
    );
  });
});

describe('checksum', () => {
  const vectors: readonly (readonly [string, string, number])[] = [
    ['the example of RFC 1071, section 3', '0001f203f4f5f6f7', 0x220d],
    ['nothing', '', 0xffff],
    ['one byte, which is the high half of a word', 'ab', 0x54ff],
    ['all ones', 'ffffffff', 0],
    ['an echo request of ping', '0800000012340001616263646566', 0xbb9d],
  ];
  for (const [what, hex, sum] of vectors) {
    it(`of ${what}`, () => {
      const bytes = Buffer.from(hex, 'hex');
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      expect(checksumOf(view, 0, bytes.length)).to.equal(sum);
    });
  }

  it('over a message that carries it is 0, and any other bit flipped shows', () => {
    const any = fc
      .tuple(size, attempt, id, nonce)
      .chain(([bytes, number, identifier, random]) =>
        fc.tuple(
          fc.constant(write(4, bytes, number, identifier, random)),
          fc.integer({ min: 0, max: (8 + bytes) * 8 - 1 }),
        ),
      );
    fc.assert(
      fc.property(any, ([message, bit]) => {
        const broken = message.slice();
        broken[bit >> 3] = (broken[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(checksumOf(new DataView(broken.buffer), 0, broken.length)).to.not.equal(0);
      }),
    );
  });
});
