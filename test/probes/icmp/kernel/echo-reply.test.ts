import { expect } from 'chai';
import fc from 'fast-check';
import type { Family } from '../../../../probes/icmp/address.ts';
import { createEchoReader, icmpStart } from '../../../../probes/icmp/kernel/echo-reply.ts';
import { createEchoRequest } from '../../../../probes/icmp/kernel/echo-request.ts';

const ID = 0x1234;
const NONCE = Buffer.from('0102030405060708', 'hex');

function request(family: Family, attempt: number, size = 56, id = ID, nonce = NONCE): Uint8Array {
  const echo = createEchoRequest(family, size, { id, nonce });
  const view = new DataView(new ArrayBuffer(echo.length));
  echo.fill(view, 0);
  echo.write(view, 0, attempt);
  return new Uint8Array(view.buffer);
}

function reply(family: Family, attempt: number, size = 56): Uint8Array {
  const bytes = request(family, attempt, size);
  bytes[0] = family === 4 ? 0 : 129;
  return bytes;
}

/** In the middle of other bytes, as in a ring. */
function place(bytes: Uint8Array): readonly [DataView, number, number] {
  const memory = new Uint8Array(bytes.length + 64).fill(0xee);
  memory.set(bytes, 32);
  return [new DataView(memory.buffer), 32, 32 + bytes.length];
}

const attempts = fc.integer({ min: 0, max: 0xffff_ffff });
const families = fc.constantFrom<Family>(4, 6);

for (const id of [ID, null])
  describe(`reader of echo replies on a ${id === null ? 'datagram' : 'raw'} socket`, () => {
    const reader = (family: Family) => createEchoReader(family, { id, nonce: NONCE });

    it('gives the attempt of a reply to a request of ours', () => {
      fc.assert(
        fc.property(families, attempts, fc.integer({ min: 12, max: 1500 }), (family, n, size) => {
          expect(reader(family).reply(...place(reply(family, n, size)))).to.equal(n);
        }),
      );
    });

    it('takes a request, seen by its own sender, for no reply', () => {
      for (const family of [4, 6] as const)
        expect(reader(family).reply(...place(request(family, 7)))).to.equal(-1);
    });

    it('takes no reply of the other family', () => {
      expect(reader(4).reply(...place(reply(6, 7)))).to.equal(-1);
      expect(reader(6).reply(...place(reply(4, 7)))).to.equal(-1);
    });

    it('takes no reply that is cut off within the tag', () => {
      const bytes = reply(4, 7);
      for (let length = 0; length < 20; length++)
        expect(reader(4).reply(...place(bytes.subarray(0, length)))).to.equal(-1);
      expect(reader(4).reply(...place(bytes.subarray(0, 20)))).to.equal(7);
    });

    it('takes no reply with any bit of identifier, sequence, nonce or attempt changed for what it was', () => {
      const from = id === null ? 6 : 4;
      const bits = fc.integer({ min: from * 8, max: 20 * 8 - 1 });
      fc.assert(
        fc.property(families, attempts, bits, (family, n, bit) => {
          const bytes = reply(family, n);
          bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
          // The high half of the attempt stands once: another attempt of ours, whose request was never made.
          const high = bit >= 16 * 8 && bit < 18 * 8;
          const seen = reader(family).reply(...place(bytes));
          if (high) expect(seen).to.not.equal(n);
          else expect(seen).to.equal(-1);
        }),
      );
    });

    it('takes nothing from bytes that do not carry our nonce, and never throws', () => {
      fc.assert(
        fc.property(families, fc.uint8Array({ maxLength: 128 }), (family, bytes) => {
          const ours = Buffer.from(bytes).includes(NONCE);
          const seen = reader(family).reply(...place(bytes));
          if (!ours) expect(seen).to.equal(-1);
        }),
      );
    });

    it('takes nothing with another nonce, though all else is as ours', () => {
      const other = fc.uint8Array({ minLength: 8, maxLength: 8 });
      fc.assert(
        fc.property(families, attempts, other, (family, n, nonce) => {
          fc.pre(!NONCE.equals(nonce));
          const bytes = request(family, n, 56, ID, Buffer.from(nonce));
          bytes[0] = family === 4 ? 0 : 129;
          expect(reader(family).reply(...place(bytes))).to.equal(-1);
        }),
      );
    });

    it('knows a request that an error quotes', () => {
      fc.assert(
        fc.property(families, attempts, (family, n) => {
          expect(reader(family).quoted(...place(request(family, n)))).to.equal(n);
        }),
      );
    });

    it('knows a request of IPv6 that is quoted from its IP header on', () => {
      const header = new Uint8Array(40);
      header[0] = 0x60;
      const whole = Uint8Array.from([...header, ...request(6, 0xabcdef)]);
      expect(reader(6).quoted(...place(whole))).to.equal(0xabcdef);
    });

    it('gives the sequence of a quotation that ends within the tag, unless what there is of the nonce is another', () => {
      const bytes = request(4, 0x5_0007);
      for (let length = 8; length < 20; length++)
        expect(reader(4).quoted(...place(bytes.subarray(0, length)))).to.equal(-2 - 7);
      for (let length = 0; length < 8; length++)
        expect(reader(4).quoted(...place(bytes.subarray(0, length)))).to.equal(-1);
    });

    it('takes no quotation for ours with any bit of what there is of the nonce changed', () => {
      const cut = fc.integer({ min: 9, max: 19 });
      fc.assert(
        fc.property(families, attempts, cut, fc.nat(), (family, n, length, any) => {
          const bytes = request(family, n);
          const bit = 8 * 8 + (any % (8 * (Math.min(length, 16) - 8)));
          bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
          expect(reader(family).quoted(...place(bytes.subarray(0, length)))).to.equal(-1);
        }),
      );
    });

    it('takes no quotation for ours that is another’s, and never throws', () => {
      fc.assert(
        fc.property(families, fc.uint8Array({ maxLength: 128 }), (family, bytes) => {
          const seen = reader(family).quoted(...place(bytes));
          if (!Buffer.from(bytes).includes(NONCE)) expect(seen).to.be.lessThan(0);
        }),
      );
      const foreign = request(4, 7, 56, ID, Buffer.alloc(8, 9));
      expect(reader(4).quoted(...place(foreign))).to.equal(-1);
      expect(reader(4).quoted(...place(reply(4, 7)))).to.equal(-1);
      if (id !== null) expect(reader(4).quoted(...place(request(4, 7, 56, ID + 1)))).to.equal(-1);
    });
  });

describe('start of the ICMP message in an IPv4 packet', () => {
  it('is after the header, with its options', () => {
    const packet = new Uint8Array(100);
    for (const words of [5, 6, 15]) {
      packet[0] = 0x40 | words;
      expect(icmpStart(...place(packet))).to.equal(32 + words * 4);
    }
  });

  it('is nowhere in a packet that is cut off', () => {
    const packet = new Uint8Array(40);
    packet[0] = 0x4f;
    expect(icmpStart(...place(packet))).to.equal(-1);
    expect(icmpStart(...place(packet.subarray(0, 19)))).to.equal(-1);
  });

  it('lies within the packet, whatever its bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const [view, start, end] = place(bytes);
        const at = icmpStart(view, start, end);
        expect(at === -1 || (at >= start && at <= end)).to.equal(true);
      }),
    );
  });
});
