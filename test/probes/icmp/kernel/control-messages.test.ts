import { expect } from 'chai';
import fc from 'fast-check';
import { emptyControl, readControl } from '../../../../probes/icmp/kernel/control-messages.ts';
import * as linux from '../../../../probes/icmp/kernel/linux.ts';
import { createMessageRing } from '../../../../probes/icmp/kernel/message-ring.ts';
import {
  type ControlMessage,
  controlBytes,
  deliver,
  extendedError,
  timespecs,
} from './control-bytes.ts';
import { fakeLibc } from './fake-libc.ts';

const SIZE = 256;

function read(control: Uint8Array, size = SIZE) {
  // The last of the ring: reading past its end would throw.
  const ring = createMessageRing(fakeLibc(), 2, 64, size);
  deliver(ring, 1, { data: new Uint8Array(0), name: new Uint8Array(0), control });
  const into = { ...emptyControl(), origin: 9, offender: 9, stampSeconds: 9 };
  readControl(ring, 1, into);
  return into;
}

const stamp: ControlMessage = {
  level: linux.SOL_SOCKET,
  type: linux.SO_TIMESTAMPING,
  body: timespecs(1_700_000_000, 123_456_789, 3),
};
const offender = Uint8Array.from({ length: 16 }, (_, i) => i);
const error: ControlMessage = {
  level: linux.SOL_IP,
  type: linux.IP_RECVERR,
  body: extendedError(
    { errno: 113, origin: linux.ORIGIN_ICMP, type: 3, code: 1, info: 1450, data: 77 },
    offender,
  ),
};

describe('control messages', () => {
  it('are a stamp of one timespec or of three', () => {
    const one = {
      ...stamp,
      type: linux.SO_TIMESTAMPNS,
      body: timespecs(1_700_000_000, 123_456_789, 1),
    };
    for (const message of [stamp, one]) {
      expect(read(controlBytes([message]))).to.deep.include({
        stampSeconds: 1_700_000_000,
        stampNanoseconds: 123_456_789,
        origin: 0,
        offender: -1,
      });
    }
  });

  it('are an error with who reported it, beside a stamp and among messages of other kinds', () => {
    const other = { level: 41, type: 50, body: new Uint8Array(20) };
    const seen = read(controlBytes([other, stamp, error]));
    expect(seen).to.deep.include({
      stampSeconds: 1_700_000_000,
      errno: 113,
      origin: linux.ORIGIN_ICMP,
      type: 3,
      code: 1,
      info: 1450,
      data: 77,
    });
    // After the 40 bytes of the first, the 64 of the second, a header and the error.
    expect(seen.offender).to.equal(SIZE + 40 + 64 + 16 + 16);
  });

  it('without any leave nothing of the message before', () => {
    expect(read(new Uint8Array(0))).to.deep.include({ stampSeconds: 0, origin: 0, offender: -1 });
  });

  it('cut off anywhere are whole or not there', () => {
    const bytes = controlBytes([stamp, error]);
    for (let length = 0; length <= bytes.length; length++) {
      const seen = read(bytes.subarray(0, length));
      expect(seen.stampSeconds).to.equal(length >= 64 ? 1_700_000_000 : 0);
      expect(seen.origin).to.equal(length >= 64 + 48 ? linux.ORIGIN_ICMP : 0);
    }
  });

  it('whose length was shortened by the kernel for want of room are not read beyond it', () => {
    for (const message of [stamp, error]) {
      for (let room = 0; room < 16; room++) {
        const cut = controlBytes([{ ...message, body: message.body.subarray(0, room) }]);
        // At the very end of the ring's memory.
        const seen = read(cut, Math.max(8, cut.length));
        expect(seen).to.deep.include({ stampSeconds: 0, origin: 0, offender: -1 });
      }
    }
  });

  it('of any bytes are read without an error and to an end', () => {
    const garbage = fc.array(
      fc.record({
        level: fc.constantFrom(linux.SOL_SOCKET, linux.SOL_IP, linux.SOL_IPV6, 77),
        type: fc.constantFrom(
          linux.SO_TIMESTAMPNS,
          linux.SO_TIMESTAMPING,
          linux.IP_RECVERR,
          linux.IPV6_RECVERR,
          1,
        ),
        body: fc.uint8Array({ maxLength: 60 }),
      }),
      { maxLength: 4 },
    );
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: SIZE }),
      garbage.map((messages) => controlBytes(messages).subarray(0, SIZE)),
    );
    fc.assert(
      fc.property(bytes, fc.integer({ min: 0, max: SIZE }), (control, cut) => {
        const { offender: at } = read(control.subarray(0, cut));
        expect(at === -1 || (at >= SIZE + 32 && at + 16 <= 2 * SIZE)).to.equal(true);
      }),
    );
  });
});
