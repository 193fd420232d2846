import { expect } from 'chai';
import fc from 'fast-check';
import { FLAG } from '../../../../src/model/sample.ts';
import { errno, fakeKernel, MS, type Row, TIMEOUT } from './fake-kernel.ts';

/** Past any deadline of what was sent before. */
const OVER = TIMEOUT + 20 * MS;

describe('kernel pinger', () => {
  describe('an answer', () => {
    it('in time is ok, with the latency between the kernel’s two stamps', () => {
      const { ping, left, reply, pass, rows, kernel } = fakeKernel();
      const [request] = ping();
      const sent = kernel.now;
      left(request, sent + 0.2 * MS);
      reply(request, { stamp: sent + 1.5 * MS });
      pass(7 * MS);
      expect(rows).to.deep.equal([
        {
          target: 0,
          seq: 0,
          sent: sent + 0.2 * MS,
          latency: 1.3 * MS,
          outcome: 'ok',
          reason: 'none',
          flags: 0,
          detail: null,
        },
      ]);
    });

    for (const [family, type] of [
      [4, 'raw'],
      [4, 'datagram'],
      [6, 'raw'],
      [6, 'datagram'],
    ] as const) {
      it(`is taken from an IPv${String(family)} ${type} socket`, () => {
        const { ping, reply, pass, rows } = fakeKernel({ family, type });
        const [request] = ping();
        reply(request);
        pass(MS);
        expect(rows).to.have.length(1);
        expect(rows[0]).to.include({ outcome: 'ok', latency: 0, flags: 0 });
      });
    }

    it('the kernel had in time but that is read after the deadline is ok', () => {
      const { ping, reply, stand, rows, kernel } = fakeKernel();
      const [request] = ping();
      reply(request, { stamp: kernel.now + 2 * MS });
      stand(50 * TIMEOUT);
      expect(rows).to.have.length(1);
      expect(rows[0]).to.include({ outcome: 'ok', latency: 2 * MS, flags: 0 });
    });

    it('the kernel had at the deadline is ok, one ns later it is lost and late', () => {
      const { ping, reply, pass, rows, kernel, counted } = fakeKernel();
      const requests = ping(0, 2);
      const sent = kernel.now;
      pass(TIMEOUT);
      reply(requests[0], { stamp: sent + TIMEOUT });
      reply(requests[1], { stamp: sent + TIMEOUT + 1 });
      pass(3 * TIMEOUT);
      expect(rows.map(({ outcome }) => outcome)).to.deep.equal(['ok', 'lost']);
      expect(counted()).to.deep.equal({ late: 1 });
    });

    it('after the verdict is counted as late once, then as a duplicate', () => {
      const { ping, reply, pass, rows, counted } = fakeKernel();
      const [request] = ping();
      pass(OVER);
      for (let i = 0; i < 3; i++) reply(request);
      pass(MS);
      expect(rows.map(({ outcome }) => outcome)).to.deep.equal(['lost']);
      expect(counted()).to.deep.equal({ late: 1, duplicate: 2 });
    });

    it('that comes again is a duplicate and no second sample', () => {
      const { ping, reply, pass, rows, counted } = fakeKernel();
      const [request] = ping();
      for (let i = 0; i < 5; i++) reply(request);
      pass(MS);
      reply(request);
      pass(OVER);
      expect(rows.map(({ outcome }) => outcome)).to.deep.equal(['ok']);
      expect(counted()).to.deep.equal({ duplicate: 5 });
    });

    it('that overtakes another makes it reordered, both ok', () => {
      const { ping, reply, pass, rows, counted } = fakeKernel();
      const requests = ping(0, 4);
      for (const i of [0, 3, 1, 2]) reply(requests[i]);
      pass(MS);
      expect(rows.map(({ seq }) => seq)).to.deep.equal([0, 3, 1, 2]);
      expect(rows.every(({ outcome }) => outcome === 'ok')).to.equal(true);
      expect(counted()).to.deep.equal({ reordered: 2 });
    });

    it('from another address is none, and named when the ping is lost', () => {
      const { ping, reply, pass, rows } = fakeKernel();
      const [request] = ping();
      reply(request, { from: '10.0.0.66' });
      pass(OVER);
      expect(rows).to.have.length(1);
      expect(rows[0]).to.include({
        outcome: 'lost',
        detail: 'answered by 10.0.0.66, which is not the target',
      });
    });

    it('from another address first and then from the target is ok', () => {
      const { ping, reply, pass, rows, counted } = fakeKernel();
      const [request] = ping();
      reply(request, { from: '10.0.0.66' });
      reply(request);
      pass(MS);
      expect(rows.map(({ outcome }) => outcome)).to.deep.equal(['ok']);
      expect(counted()).to.deep.equal({});
    });

    it('to a ping of one target is none to another’s', () => {
      const targets = [
        { name: 'a', host: '10.0.0.5' },
        { name: 'b', host: '10.0.0.6' },
      ];
      const { ping, reply, pass, rows } = fakeKernel({ targets });
      const [request] = ping(0);
      ping(1);
      reply(request, { from: '10.0.0.6' });
      pass(OVER);
      expect(rows.map(({ outcome }) => outcome)).to.deep.equal(['lost', 'lost']);
    });

    it('with a wrong checksum is none', () => {
      const { ping, reply, pass, rows } = fakeKernel();
      const [request] = ping();
      reply(request, {
        change: (message) => {
          message[40] = (message[40] ?? 0) ^ 1;
          return message;
        },
      });
      pass(OVER);
      expect(rows[0]).to.include({ outcome: 'lost', detail: 'answered with a wrong checksum' });
    });

    for (const [what, change, bytes] of [
      ['shorter', (message: Uint8Array) => message.subarray(0, 40), 32],
      ['longer', (message: Uint8Array) => Uint8Array.from([...message, 1, 2]), 58],
      ['much longer', (message: Uint8Array) => Uint8Array.from([...message, ...message]), 120],
    ] as const) {
      it(`that is ${what} than the request is no success`, () => {
        const { ping, reply, pass, rows } = fakeKernel({ type: 'datagram' });
        const [request] = ping();
        reply(request, { change });
        pass(OVER);
        expect(rows).to.have.length(1);
        expect(rows[0]).to.include({
          outcome: 'failed',
          reason: 'content',
          detail: `answered with ${String(bytes)} bytes of the 56 sent`,
        });
      });
    }

    it('of any bytes is none, and nothing throws', () => {
      fc.assert(
        fc.property(
          fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 5 }),
          fc.constantFrom<'raw' | 'datagram'>('raw', 'datagram'),
          (messages, type) => {
            const { ping, pass, rows, kernel, counted } = fakeKernel({ type });
            ping();
            for (const data of messages) {
              kernel.replies.push({ data, name: new Uint8Array(16), control: data });
              kernel.errors.push({ data, name: new Uint8Array(16), control: data });
            }
            pass(OVER);
            expect(rows.map(({ outcome }) => outcome)).to.deep.equal(['lost']);
            expect(counted()).to.deep.equal({});
          },
        ),
      );
    });
  });

  describe('a stamp', () => {
    for (const [what, before, after] of [
      ['before the request left', -5 * MS, 0],
      ['after it was read', 0, 5 * MS],
    ] as const) {
      it(`from ${what} is not believed: ok by the time of reading, disturbed`, () => {
        const { ping, reply, pass, rows, kernel } = fakeKernel();
        const [request] = ping();
        const stamp = before < 0 ? kernel.now + before : kernel.now + 3 * MS + after;
        reply(request, { stamp });
        pass(3 * MS);
        expect(rows[0]).to.include({ outcome: 'ok', latency: 3 * MS, flags: FLAG.disturbed });
      });
    }

    it('around a step of the wall clock is not believed', () => {
      const { ping, reply, left, pass, rows, kernel } = fakeKernel();
      const [request] = ping();
      kernel.clockHolds = false;
      left(request, kernel.now + MS);
      reply(request, { stamp: kernel.now + 2 * MS });
      const sent = kernel.now;
      pass(3 * MS);
      expect(rows[0]).to.include({
        outcome: 'ok',
        sent,
        latency: 3 * MS,
        flags: FLAG.disturbed,
      });
    });

    it('that is not believed makes no loss of an answer read too late', () => {
      const { ping, reply, stand, rows, kernel } = fakeKernel();
      const [request] = ping();
      kernel.clockHolds = false;
      reply(request, { stamp: kernel.now + 2 * MS });
      stand(OVER);
      expect(rows[0]).to.include({ outcome: 'ok', flags: FLAG.late | FLAG.disturbed });
    });

    it('of the sending belongs to its own packet only', () => {
      const { ping, reply, left, pass, rows, kernel } = fakeKernel();
      const [first] = ping();
      const began = kernel.now;
      kernel.now += 10 * MS;
      const [second] = ping();
      // The number of the second with the time of the first.
      left(
        second === undefined || first === undefined ? second : { ...first, number: second.number },
        began,
      );
      reply(second);
      pass(MS);
      expect(rows[0]).to.include({ seq: 1, sent: began + 10 * MS, outcome: 'ok' });
    });

    it('missing where the call took long leaves the time of leaving unsure: disturbed, and its deadline counts from its end', () => {
      const { ping, reply, pass, stand, rows, kernel } = fakeKernel({ stampsSent: false });
      const began = kernel.now;
      kernel.sendTakes = 300 * MS;
      const [first, second] = ping(0, 2);
      reply(first, { stamp: kernel.now + 80 * MS });
      stand(90 * MS);
      expect(rows).to.have.length(1);
      expect(rows[0]).to.include({
        outcome: 'ok',
        sent: began + 300 * MS,
        latency: 80 * MS,
        flags: FLAG.disturbed,
      });
      reply(second, { stamp: kernel.now });
      pass(MS);
      expect(rows[1]).to.include({ outcome: 'ok', latency: 90 * MS });
    });

    it('from within a long call tells when it left', () => {
      const { ping, left, reply, pass, rows, kernel } = fakeKernel();
      const began = kernel.now;
      kernel.sendTakes = 300 * MS;
      const [request] = ping();
      left(request, began + 299 * MS);
      reply(request, { stamp: began + 301 * MS });
      pass(5 * MS);
      expect(rows[0]).to.include({
        outcome: 'ok',
        sent: began + 299 * MS,
        latency: 2 * MS,
        flags: 0,
      });
    });

    it('long after the call is that of a packet that had to wait for its neighbour: it was sent in time', () => {
      const { ping, left, reply, stand, rows, kernel } = fakeKernel();
      const [request] = ping();
      const sent = kernel.now;
      left(request, sent + 60 * MS);
      reply(request, { stamp: sent + 61 * MS });
      stand(70 * MS);
      expect(rows[0]).to.include({ outcome: 'ok', sent, latency: 61 * MS });
    });
  });

  describe('what cannot leave', () => {
    for (const name of ['EPERM', 'ENOBUFS', 'EAGAIN', 'EHOSTUNREACH'] as const) {
      it(`is unsent after ${name}, and the next ping leaves`, () => {
        const { ping, reply, pass, rows, kernel } = fakeKernel();
        kernel.sendErrors = Array.from({ length: 4 }, () => -errno(name));
        expect(ping()).to.deep.equal([]);
        kernel.sendErrors = [];
        const [request] = ping();
        reply(request);
        pass(OVER);
        expect(rows.map(({ seq, outcome }) => [seq, outcome])).to.deep.equal([
          [0, 'unsent'],
          [1, 'ok'],
        ]);
        expect(rows[0]).to.include({
          reason: 'send-error',
          detail: `errno ${String(errno(name))}`,
        });
        expect(rows[0]?.sent).to.deep.equal(Number.NaN);
        expect(rows[0]?.latency).to.deep.equal(Number.NaN);
      });
    }

    it('in the middle of a batch is unsent alone', () => {
      const { ping, reply, pass, rows, kernel } = fakeKernel();
      const refused = Array.from({ length: 4 }, () => -errno('EPERM'));
      kernel.sendErrors = [null, null, ...refused, null];
      const requests = ping(0, 5);
      expect(requests).to.have.length(4);
      for (const request of requests) reply(request);
      pass(OVER);
      const unsent = rows.filter(({ outcome }) => outcome === 'unsent');
      expect(unsent.map(({ seq }) => seq)).to.deep.equal([2]);
      expect(rows.filter(({ outcome }) => outcome === 'ok')).to.have.length(4);
    });

    it('shifts no stamp to another packet', () => {
      const { ping, reply, left, pass, rows, kernel } = fakeKernel();
      kernel.sendErrors = Array.from({ length: 4 }, () => -errno('EPERM'));
      // A kernel that counts what it then refuses to send.
      kernel.stampNumber = 7;
      ping(0, 1);
      expect(kernel.restarts).to.equal(1);
      const [request] = ping();
      const sent = kernel.now;
      left(request, sent + 0.5 * MS);
      reply(request, { stamp: sent + 2 * MS });
      pass(3 * MS);
      expect(rows[1]).to.include({ sent: sent + 0.5 * MS, latency: 1.5 * MS });
    });

    it('for an error of an earlier packet does leave', () => {
      const { ping, reply, pass, rows, kernel } = fakeKernel();
      kernel.pending = errno('EHOSTUNREACH');
      const requests = ping(0, 3);
      expect(requests).to.have.length(3);
      for (const request of requests) reply(request);
      pass(MS);
      expect(rows.map(({ outcome }) => outcome)).to.deep.equal(['ok', 'ok', 'ok']);
    });

    it('beyond what can be in flight is unsent, and no row is missing', () => {
      const { ping, pass, rows, kernel } = fakeKernel({ perSecond: 10 });
      for (let i = 0; i < 50; i++) ping(0, 100);
      expect(kernel.sent.length).to.be.lessThan(5000);
      pass(OVER);
      expect(rows).to.have.length(5000);
      expect(new Set(rows.map(({ seq }) => seq)).size).to.equal(5000);
      const unsent = rows.filter(({ outcome }) => outcome === 'unsent');
      expect(unsent).to.have.length(5000 - kernel.sent.length);
      expect(new Set(unsent.map(({ reason }) => reason))).to.deep.equal(new Set(['overload']));
      expect(ping(0, 1)).to.have.length(1);
    });
  });

  describe('an error of an earlier packet that waits at the socket', () => {
    it('hides no answer that came before the deadline', () => {
      const { ping, reply, pass, rows, kernel } = fakeKernel();
      const [request] = ping();
      reply(request, { stamp: kernel.now + MS });
      kernel.pendingAtReplies = errno('EHOSTUNREACH');
      pass(OVER);
      expect(rows.map(({ outcome }) => outcome)).to.deep.equal(['ok']);
    });

    it('that cuts a read short hides no answer either', () => {
      const { ping, reply, pass, rows, kernel } = fakeKernel();
      const requests = ping(0, 6);
      for (const request of requests) reply(request, { stamp: kernel.now + MS });
      kernel.most = 2;
      pass(OVER);
      expect(rows.map(({ outcome }) => outcome)).to.deep.equal(Array(6).fill('ok'));
    });

    it('hides no ICMP error', () => {
      const { ping, refuse, pass, rows, kernel } = fakeKernel();
      const [request] = ping();
      refuse(request, { type: 3, code: 1 });
      kernel.pending = errno('EHOSTUNREACH');
      pass(OVER);
      expect(rows.map(({ outcome }) => outcome)).to.deep.equal(['failed']);
    });
  });

  describe('an ICMP error', () => {
    it('is a failure with what it says and who says it', () => {
      const { ping, refuse, pass, rows } = fakeKernel();
      const [request] = ping();
      refuse(request, { type: 3, code: 13 });
      pass(MS);
      expect(rows[0]).to.include({
        outcome: 'failed',
        reason: 'unreachable',
        detail: 'prohibited by a filter (type 3 code 13), says 10.0.0.1',
      });
    });

    it('of IPv6 that quotes from the IP header on is one, too', () => {
      const { ping, refuse, pass, rows } = fakeKernel({ family: 6 });
      const [request] = ping();
      const header = new Uint8Array(40);
      header[0] = 0x60;
      const bytes = Uint8Array.from([...header, ...(request?.bytes ?? [])]);
      refuse(request === undefined ? request : { ...request, bytes }, { type: 1, code: 3 }, 128);
      pass(MS);
      expect(rows[0]).to.include({
        outcome: 'failed',
        detail: 'address unreachable (type 1 code 3), says fd00::1',
      });
    });

    it('that quotes only the header, as RFC 792 lets it, says why a ping had no answer', () => {
      const { ping, refuse, pass, rows } = fakeKernel();
      const requests = ping(0, 3);
      refuse(requests[1], { type: 3, code: 1 }, 8);
      pass(MS);
      expect(rows).to.deep.equal([]);
      pass(OVER);
      expect(rows.map(({ seq, outcome }) => [seq, outcome])).to.deep.equal([
        [0, 'lost'],
        [1, 'failed'],
        [2, 'lost'],
      ]);
      expect(rows[1]).to.include({
        reason: 'unreachable',
        latency: MS,
        detail: 'host unreachable (type 3 code 1), says 10.0.0.1, quoting too little to prove it',
      });
    });

    it('that quotes only the header, as anybody can write it, ends no ping that is answered', () => {
      const { ping, refuse, reply, pass, rows, counted } = fakeKernel();
      const [request] = ping();
      refuse(request, { type: 3, code: 1 }, 8);
      pass(MS);
      reply(request);
      pass(OVER);
      expect(rows.map(({ outcome, detail }) => [outcome, detail])).to.deep.equal([['ok', null]]);
      expect(counted()).to.deep.equal({});
      // What was said of it is not said of the next.
      for (let i = 0; i < 4096; i++) reply(ping()[0]);
      pass(MS);
      ping();
      pass(OVER);
      expect(rows.at(-1)).to.include({ outcome: 'lost', detail: null });
    });

    it('that quotes a part of another nonce is none', () => {
      for (const quoted of [9, 16, 19]) {
        const { ping, refuse, pass, rows } = fakeKernel();
        const [request] = ping();
        const bytes = request?.bytes.slice() ?? new Uint8Array(0);
        bytes[8] = 0xee;
        refuse(
          request === undefined ? request : { ...request, bytes },
          { type: 3, code: 1 },
          quoted,
        );
        pass(OVER);
        expect(rows.map(({ outcome, detail }) => [outcome, detail])).to.deep.equal([
          ['lost', null],
        ]);
      }
    });

    it('about a packet to somebody else is none', () => {
      const { ping, refuse, pass, rows } = fakeKernel();
      const [request] = ping();
      refuse(request, { type: 3, code: 1 }, 64, '10.0.0.66');
      pass(OVER);
      expect(rows.map(({ outcome }) => outcome)).to.deep.equal(['lost']);
    });

    for (const [what, family, type] of [
      ['a source quench', 4, 4],
      ['a redirect', 4, 5],
      ['a redirect', 6, 137],
    ] as const) {
      it(`is no failure when it is ${what} (type ${String(type)}): the packet went on`, () => {
        const { ping, refuse, reply, pass, rows } = fakeKernel({ family, type: 'datagram' });
        const requests = ping(0, 2);
        for (const request of requests) refuse(request, { type, code: 1 });
        pass(MS);
        reply(requests[0]);
        pass(OVER);
        expect(rows.map(({ outcome, reason }) => [outcome, reason])).to.deep.equal([
          ['ok', 'none'],
          ['lost', 'timeout'],
        ]);
      });
    }

    it('is a failure for every type that says the packet did not arrive', () => {
      for (const [family, types] of [
        [4, [3, 11, 12]],
        [6, [1, 2, 3, 4]],
      ] as const) {
        const { ping, refuse, pass, rows } = fakeKernel({ family, type: 'datagram' });
        for (const type of types) refuse(ping()[0], { type, code: 0 });
        pass(MS);
        expect(rows.map(({ outcome }) => outcome)).to.deep.equal(types.map(() => 'failed'));
      }
    });

    it('after the answer changes nothing', () => {
      const { ping, refuse, reply, pass, rows } = fakeKernel();
      const [request] = ping();
      reply(request);
      pass(MS);
      refuse(request, { type: 3, code: 1 });
      pass(OVER);
      expect(rows.map(({ outcome }) => outcome)).to.deep.equal(['ok']);
    });
  });

  describe('a packet that must be refused', () => {
    const targets = [
      { name: 'vm refuses 1451 bytes', host: '10.0.0.5', size: 1423, tooLarge: true },
    ];

    it('is ok when a router says that it is too big', () => {
      const { ping, refuse, pass, rows } = fakeKernel({ targets });
      const [request] = ping();
      refuse(request, { type: 3, code: 4, mtu: 1450 });
      pass(MS);
      expect(rows[0]).to.include({
        outcome: 'ok',
        flags: FLAG.disturbed,
        detail: 'packet too big, MTU 1450 (type 3 code 4), says 10.0.0.1',
      });
    });

    it('is not ok when whoever says that it is too big does not show that it saw our packet', () => {
      for (const quoted of [8, 16, 19]) {
        const { ping, refuse, pass, rows } = fakeKernel({ targets });
        const [request] = ping();
        refuse(request, { type: 3, code: 4, mtu: 1450 }, quoted);
        pass(OVER);
        expect(rows).to.have.length(1);
        expect(rows[0]).to.include({
          outcome: 'lost',
          reason: 'timeout',
          detail:
            'packet too big, MTU 1450 (type 3 code 4), says 10.0.0.1, quoting too little to prove it',
        });
      }
    });

    it('is ok when this machine refuses it', () => {
      const { ping, rows, kernel } = fakeKernel({ targets });
      kernel.sendErrors = Array.from({ length: 4 }, () => -errno('EMSGSIZE'));
      ping();
      expect(rows[0]).to.include({
        outcome: 'ok',
        detail: 'refused by this machine: larger than its own MTU',
      });
    });

    it('has failed when it is answered, or refused for another reason', () => {
      const { ping, reply, refuse, pass, rows } = fakeKernel({ targets });
      const requests = ping(0, 2);
      reply(requests[0]);
      refuse(requests[1], { type: 3, code: 1 });
      pass(MS);
      expect(rows.map(({ outcome }) => outcome)).to.have.members(['failed', 'failed']);
      expect(rows.map(({ detail }) => detail)).to.include('answered: 1451 bytes passed');
    });

    it('is lost when nobody says anything: a black hole', () => {
      const { ping, pass, rows } = fakeKernel({ targets });
      ping();
      pass(OVER);
      expect(rows[0]).to.include({ outcome: 'lost', reason: 'timeout' });
    });
  });

  describe('a ping without an answer', () => {
    it('is lost', () => {
      const { ping, pass, rows, pinger } = fakeKernel();
      ping();
      pass(TIMEOUT / 2);
      expect([rows.length, pinger.inFlight()]).to.deep.equal([0, 1]);
      pass(TIMEOUT);
      expect(rows[0]).to.include({ outcome: 'lost', reason: 'timeout' });
      expect([pinger.inFlight(), pinger.deadline()]).to.deep.equal([0, Number.POSITIVE_INFINITY]);
    });

    it('while the receive buffer dropped packets is unsent, not lost', () => {
      const { ping, pass, rows, kernel } = fakeKernel();
      ping();
      kernel.drops++;
      pass(OVER);
      expect(rows[0]).to.include({ outcome: 'unsent', reason: 'overload' });
      expect(rows[0]?.detail).to.contain('receive buffer');
    });

    it('sent when the drops were over is lost', () => {
      const { ping, pass, rows, kernel } = fakeKernel();
      ping();
      kernel.drops++;
      pass(OVER);
      pass(OVER);
      ping();
      pass(OVER);
      expect(rows.map(({ outcome }) => outcome)).to.deep.equal(['unsent', 'lost']);
    });

    it('while more replies come than can be read is unsent, not lost', () => {
      const { ping, stand, rows, kernel, pinger } = fakeKernel();
      const [request] = ping();
      const flood = (data: Uint8Array) => {
        kernel.replies = Array.from({ length: 512 * 128 }, () => ({
          data,
          name: new Uint8Array(16),
          control: new Uint8Array(0),
        }));
      };
      const foreign = new Uint8Array(request?.bytes.length ?? 0);
      flood(foreign);
      stand(OVER);
      expect([rows.length, pinger.inFlight()]).to.deep.equal([0, 1]);
      flood(foreign);
      stand(2000 * MS);
      expect(rows[0]).to.include({ outcome: 'unsent', reason: 'overload' });
    });
  });

  describe('when the whole machine stands still', () => {
    const outcomesOf = (rows: readonly Row[]) =>
      rows.map(({ outcome, reason }) => [outcome, reason]);

    it('an answer stamped when it goes on, past the deadline, tells nothing of the target: unsent', () => {
      const { ping, reply, stand, pass, rows, kernel, counted } = fakeKernel();
      const requests = ping(0, 3);
      kernel.now += 500 * MS;
      // The kernel goes on a moment before this process does.
      for (const [i, request] of requests.entries())
        reply(request, { stamp: kernel.now + i * 1000 });
      stand(MS);
      pass(OVER);
      expect(rows).to.have.length(3);
      for (const row of rows)
        expect(row).to.include({ outcome: 'unsent', reason: 'verifier-stalled' });
      expect(rows[0]?.latency).to.deep.equal(Number.NaN);
      expect(counted()).to.deep.equal({});
    });

    it('an answer that was dropped meanwhile, or comes only later, does not either', () => {
      const { ping, reply, stand, pass, rows, counted } = fakeKernel();
      const [request] = ping();
      stand(500 * MS);
      expect(outcomesOf(rows)).to.deep.equal([['unsent', 'verifier-stalled']]);
      reply(request);
      pass(OVER);
      expect(outcomesOf(rows)).to.have.length(1);
      expect(counted()).to.deep.equal({ late: 1 });
    });

    it('a ping sent after it is lost all the same, and so is one whose time was over before', () => {
      const { ping, stand, pass, rows } = fakeKernel();
      ping();
      pass(OVER);
      stand(500 * MS);
      ping();
      pass(OVER);
      expect(outcomesOf(rows)).to.deep.equal([
        ['lost', 'timeout'],
        ['lost', 'timeout'],
      ]);
    });

    it('for half of a timeout of 100 ms or more; less hides no loss', () => {
      for (const [ms, outcome] of [
        [49, 'lost'],
        [50, 'unsent'],
      ] as const) {
        const { ping, stand, pass, rows } = fakeKernel();
        ping();
        pass(TIMEOUT - ms * MS);
        stand(ms * MS);
        pass(OVER);
        expect(rows.map((row) => row.outcome)).to.deep.equal([outcome]);
      }
    });

    it('and goes on well before the deadline, the answer still had its time: lost', () => {
      const { ping, stand, pass, rows } = fakeKernel();
      ping();
      stand(80 * MS);
      pass(OVER);
      expect(outcomesOf(rows)).to.deep.equal([['lost', 'timeout']]);
    });

    it('but not the kernel, which stamps what comes for a stopped process: a loss is one', () => {
      const { ping, reply, kernel, stand, pass, rows } = fakeKernel({
        targets: [
          { name: 'a', host: '10.0.0.5' },
          { name: 'b', host: '10.0.0.6' },
        ],
      });
      const requests = ping(0, 30);
      ping(1);
      const sent = kernel.now;
      // One after the other until long after the deadline: the last ones come too late.
      for (const [i, request] of requests.entries()) reply(request, { stamp: sent + i * 10 * MS });
      stand(500 * MS);
      pass(OVER);
      const ofTarget = (index: number) =>
        rows.filter(({ target }) => target === index).map(({ outcome }) => outcome);
      expect(ofTarget(0)).to.deep.equal([
        ...Array<string>(11).fill('ok'),
        ...Array<string>(19).fill('lost'),
      ]);
      expect(ofTarget(1)).to.deep.equal(['lost']);
    });

    it('is not known where the wall clock was stepped meanwhile: nothing of it is a loss', () => {
      const { ping, reply, kernel, stand, pass, rows } = fakeKernel();
      const requests = ping(0, 2);
      kernel.now += 500 * MS;
      kernel.clockHolds = false;
      reply(requests[0]);
      stand(MS);
      kernel.clockHolds = true;
      pass(OVER);
      expect(rows.map(({ outcome }) => outcome)).to.deep.equal(['ok', 'unsent']);
      expect(rows[0]).to.include({ flags: FLAG.late | FLAG.disturbed });
    });
  });

  describe('with hosts of both families', () => {
    const targets = [
      { name: 'four', host: '10.0.0.5' },
      { name: 'six', host: 'fd00::5' },
    ];

    for (const [silent, name] of [
      [0, 'IPv4'],
      [1, 'IPv6'],
    ] as const) {
      it(`forgets no ping of ${name} that is silent while the other answers at once`, () => {
        const { ping, reply, pass, rows, kernel, pinger } = fakeKernel({ targets });
        kernel.onSent = (packet) => {
          if (packet.to === targets[1 - silent]?.host) reply(packet);
        };
        for (let i = 0; i < 3; i++) {
          expect(ping([0, 1])).to.have.length(2);
          pass(MS);
        }
        pass(OVER);
        const ofTarget = (index: number) =>
          rows.filter(({ target }) => target === index).map(({ seq, outcome }) => [seq, outcome]);
        expect(ofTarget(silent)).to.deep.equal([0, 1, 2].map((seq) => [seq, 'lost']));
        expect(ofTarget(1 - silent)).to.deep.equal([0, 1, 2].map((seq) => [seq, 'ok']));
        expect([pinger.inFlight(), pinger.deadline()]).to.deep.equal([0, Number.POSITIVE_INFINITY]);
      });

      it(`forgets no ping of ${name} that leaves in the turn in which an answer of the other is read`, () => {
        const { ping, reply, pass, rows, pinger } = fakeKernel({ targets });
        const [answered] = ping(1 - silent);
        reply(answered);
        ping(silent);
        pass(OVER);
        expect(rows.map(({ target, outcome }) => [target, outcome])).to.deep.equal([
          [1 - silent, 'ok'],
          [silent, 'lost'],
        ]);
        expect(pinger.inFlight()).to.equal(0);
      });
    }
  });

  it('numbers its requests from where it is told: nobody can foresee a sequence', () => {
    const { ping, reply, pass, rows } = fakeKernel({ firstAttempt: 0x1_fffe });
    const requests = ping(0, 4);
    const view = ({ bytes }: { readonly bytes: Uint8Array }) => new DataView(bytes.buffer);
    expect(requests.map((request) => view(request).getUint16(6))).to.deep.equal([
      0xfffe, 0xffff, 0, 1,
    ]);
    for (const request of requests) reply(request);
    pass(MS);
    expect(rows.map(({ seq, outcome }) => [seq, outcome])).to.deep.equal(
      [0, 1, 2, 3].map((seq) => [seq, 'ok']),
    );
  });

  it('gives every attempt exactly one row, whatever comes back in whatever order', () => {
    const step = fc.record({
      count: fc.integer({ min: 0, max: 40 }),
      errors: fc.array(fc.option(fc.constantFrom(-1, -11, -105, -113), { nil: null }), {
        maxLength: 8,
      }),
      answers: fc.array(
        fc.record({
          which: fc.nat(),
          how: fc.constantFrom(
            'reply',
            'twice',
            'foreign',
            'refuse',
            'hint',
            'unstamped',
            'future',
          ),
        }),
        { maxLength: 40 },
      ),
      pending: fc.constantFrom(0, 0, 113),
      drops: fc.constantFrom(0, 0, 0, 1),
      holds: fc.boolean(),
      stands: fc.boolean(),
      pass: fc.integer({ min: 0, max: 150 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const { ping, reply, refuse, pass, stand, rows, kernel, pinger } = fakeKernel();
        let due = 0;
        for (const { count, errors, answers, pending, drops, holds, stands, pass: ms } of steps) {
          kernel.sendErrors = [...errors];
          kernel.pending = pending;
          kernel.drops += drops;
          kernel.clockHolds = holds;
          due += count;
          ping(0, count);
          for (const { which, how } of answers) {
            const request = kernel.sent[which % Math.max(1, kernel.sent.length)];
            if (request === undefined) continue;
            if (how === 'refuse') refuse(request, { type: 3, code: 1 });
            else if (how === 'hint') refuse(request, { type: 3, code: 1 }, 8);
            else if (how === 'foreign') reply(request, { from: '10.0.0.9' });
            else if (how === 'unstamped') reply(request, { stamp: null });
            else if (how === 'future') reply(request, { stamp: kernel.now + 1e12 });
            else reply(request);
            if (how === 'twice') reply(request);
          }
          if (stands) stand(ms * MS);
          else pass(ms * MS);
        }
        kernel.sendErrors = [];
        pass(OVER);
        pass(OVER);
        expect(pinger.inFlight()).to.equal(0);
        expect(rows.map(({ seq }) => seq).sort((a, b) => a - b)).to.deep.equal(
          Array.from({ length: due }, (_, i) => i),
        );
        for (const { latency } of rows) expect(latency < 0).to.equal(false);
      }),
    );
  });
});
