import { expect } from 'chai';
import fc from 'fast-check';
import type { Family } from '../../../../probes/icmp/address.ts';
import type { Identity } from '../../../../probes/icmp/identity.ts';
import { checksum, parseMessage, tagRequest } from '../../../../probes/icmp/net-ping/packet.ts';

const identity: Identity = { id: 0x1234, nonce: Buffer.from('0123456789abcdef', 'hex') };

function request(family: Family, attempt: number, size = 56, id = identity.id): Buffer {
  const packet = Buffer.alloc(8 + size);
  packet[0] = family === 4 ? 8 : 128;
  packet.writeUInt16BE(id, 4);
  packet.writeUInt16BE(attempt & 0xffff, 6);
  return tagRequest(packet, family, identity, attempt);
}

function ipv4(payload: Buffer, options: { words?: number; destination?: number[] } = {}): Buffer {
  const header = Buffer.alloc((options.words ?? 5) * 4);
  header[0] = 0x40 | (options.words ?? 5);
  header[9] = 1;
  header.set(options.destination ?? [10, 0, 0, 5], 16);
  return Buffer.concat([header, payload]);
}

function ipv6(payload: Buffer, destination: number): Buffer {
  const header = Buffer.alloc(40);
  header[0] = 0x60;
  header[6] = 58;
  header[39] = destination;
  return Buffer.concat([header, payload]);
}

function reply(family: Family, attempt: number): Buffer {
  const packet = request(family, attempt);
  packet[0] = family === 4 ? 0 : 129;
  packet.writeUInt16BE(0, 2);
  packet.writeUInt16BE(checksum(packet, 0, packet.length), 2);
  return family === 4 ? ipv4(packet) : packet;
}

function error(type: number, code: number, quoted: Buffer, rest = 0): Buffer {
  const header = Buffer.alloc(8);
  header[0] = type;
  header[1] = code;
  header.writeUInt32BE(rest, 4);
  return Buffer.concat([header, quoted]);
}

describe('icmp packets', () => {
  for (const family of [4, 6] as const) {
    it(`IPv${String(family)}: an echo of a request is recognised with its attempt, beyond 16 bits too`, () => {
      fc.assert(
        fc.property(fc.nat({ max: 0xffff_ffff }), (attempt) => {
          const received = parseMessage(reply(family, attempt), family, identity);
          expect(received).to.deep.equal({ kind: 'reply', attempt, length: 64, intact: true });
        }),
      );
    });

    it(`IPv${String(family)}: no bytes break the parser, and none it was not sent are taken for a reply`, () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
          expect(parseMessage(Buffer.from(bytes), family, identity)).to.equal(null);
        }),
      );
    });

    it(`IPv${String(family)}: a message cut off or changed anywhere is null, damaged, or another one of ours, never a crash`, () => {
      const whole = reply(family, 70_000);
      const start = family === 4 ? 20 : 0;
      fc.assert(
        fc.property(
          fc.nat({ max: whole.length - 1 }),
          fc.integer({ min: 1, max: 255 }),
          fc.nat({ max: whole.length }),
          (at, flip, length) => {
            const bytes = Buffer.from(whole);
            bytes[at] = (bytes[at] ?? 0) ^ flip;
            const received = parseMessage(bytes.subarray(0, length), family, identity);
            if (received?.kind !== 'reply') return;
            expect(received.length).to.equal(length - start);
            if (family === 4 && at >= start && at < length && received.length === 64) {
              expect(received.intact).to.equal(false);
            }
          },
        ),
      );
    });

    it(`IPv${String(family)}: requests of ours and replies to another session are ignored`, () => {
      const other = { ...identity, nonce: Buffer.alloc(8, 7) };
      const echo = family === 4 ? ipv4(request(4, 5)) : request(6, 5);
      expect(parseMessage(echo, family, identity)).to.equal(null);
      expect(parseMessage(reply(family, 5), family, other)).to.equal(null);
      expect(parseMessage(reply(family, 5), family, { ...identity, id: 1 })).to.equal(null);
    });
  }

  it('an IPv4 header with options is skipped', () => {
    const packet = reply(4, 3).subarray(20);
    expect(parseMessage(ipv4(packet, { words: 8 }), 4, identity)).to.include({ attempt: 3 });
  });

  it('an IPv4 error gives type, code, destination and MTU of the quoted request', () => {
    const quoted = ipv4(request(4, 70_000), { destination: [10, 9, 8, 7] });
    expect(parseMessage(ipv4(error(3, 4, quoted, 1400)), 4, identity)).to.deep.equal({
      kind: 'error',
      attempt: 70_000,
      sequence: 70_000 & 0xffff,
      type: 3,
      code: 4,
      destination: [10, 9, 8, 7],
      mtu: 1400,
    });
  });

  it('an error that quotes only 8 bytes gives the sequence; fewer give nothing', () => {
    const quoted = ipv4(request(4, 42));
    expect(parseMessage(ipv4(error(3, 1, quoted.subarray(0, 28))), 4, identity)).to.include({
      attempt: null,
      sequence: 42,
      code: 1,
    });
    expect(parseMessage(ipv4(error(3, 1, quoted.subarray(0, 27))), 4, identity)).to.equal(null);
  });

  it('an error that quotes a part of another nonce is nobody’s', () => {
    const whole = ipv4(request(4, 42));
    const damaged = Buffer.from(whole);
    damaged[28] = (damaged[28] ?? 0) ^ 1;
    for (const length of [29, 36, 39]) {
      const cut = (quoted: Buffer) => ipv4(error(3, 1, quoted.subarray(0, length)));
      expect(parseMessage(cut(whole), 4, identity)).to.include({ attempt: null, sequence: 42 });
      expect(parseMessage(cut(damaged), 4, identity)).to.equal(null);
    }
  });

  it('an IPv6 error is read at the right offset, behind a fragment header too', () => {
    const plain = ipv6(request(6, 9), 5);
    const fragment = Buffer.alloc(8);
    fragment[0] = 58;
    const split = Buffer.concat([plain.subarray(0, 40), fragment, plain.subarray(40)]);
    split[6] = 44;
    for (const quoted of [plain, split]) {
      const received = parseMessage(error(2, 0, quoted, 1280), 6, identity);
      expect(received).to.include({ kind: 'error', attempt: 9, type: 2, mtu: 1280 });
    }
  });

  it('an error about a packet of another program is ignored', () => {
    const foreign = ipv4(request(4, 42, 56, 77));
    expect(parseMessage(ipv4(error(3, 1, foreign)), 4, identity)).to.equal(null);
    const damaged = ipv4(request(4, 42));
    damaged[20 + 8] = (damaged[28] ?? 0) ^ 1;
    expect(parseMessage(ipv4(error(3, 1, damaged)), 4, identity)).to.equal(null);
  });
});
