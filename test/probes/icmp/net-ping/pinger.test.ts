import { expect } from 'chai';
import { parseAddress } from '../../../../probes/icmp/address.ts';
import type { Identity } from '../../../../probes/icmp/identity.ts';
import { checksum } from '../../../../probes/icmp/net-ping/packet.ts';
import { createPinger, type Pinger } from '../../../../probes/icmp/net-ping/pinger.ts';
import type { IcmpSocketEvents } from '../../../../probes/icmp/net-ping/raw-socket.ts';
import type { RunEvent } from '../../../../src/model/event.ts';

const identity: Identity = { id: 7, nonce: Buffer.from('nonsense') };
const HOST = '10.0.0.5';

const opened: Pinger[] = [];

/** A socket whose network is the test: what `waiting` holds is read by the next drain. */
function bench(options: { timeoutNs?: number; firstAttempt?: number } = {}) {
  const address = parseAddress(HOST);
  if (address === null) throw new Error('no address');
  let at = 0;
  const sent: number[] = [];
  const events: Omit<RunEvent, 'probe'>[] = [];
  const waiting: (readonly [Buffer, string])[] = [];
  const state = {
    sendError: null as string | null,
    openError: null as string | null,
    flooded: false,
    opened: 0,
    onDrain: (): unknown => null,
  };
  let socket: IcmpSocketEvents | null = null;
  const pinger: Pinger = createPinger({
    now: () => at,
    emit: (event) => events.push(event),
    targets: [{ name: HOST, address, timeoutNs: options.timeoutNs ?? 1e9 }],
    identity,
    firstAttempt: options.firstAttempt ?? 0,
    size: 16,
    openSocket: (_, handlers) => {
      if (state.openError !== null) throw new Error(state.openError);
      state.opened++;
      socket = handlers;
      return {
        send: (attempt) => {
          if (state.sendError === null) sent.push(attempt);
          return state.sendError;
        },
        drain: () => {
          state.onDrain();
          for (const [message, from] of waiting.splice(0)) handlers.message(message, from);
          return !state.flooded;
        },
        emptyAt: () => Number.NEGATIVE_INFINITY,
        close: () => undefined,
      };
    },
  });
  opened.push(pinger);
  const receive = (message: Buffer, from = HOST) => socket?.message(message, from);
  const breakSocket = () => socket?.broken('Bad file descriptor');
  const advance = (ns: number) => {
    at += ns;
  };
  return { pinger, sent, events, waiting, state, receive, breakSocket, advance };
}

function reply(attempt: number, size = 16): Buffer {
  const packet = Buffer.alloc(20 + 8 + size);
  packet[0] = 0x45;
  packet[9] = 1;
  packet.writeUInt16BE(identity.id, 24);
  packet.writeUInt16BE(attempt & 0xffff, 26);
  identity.nonce.copy(packet, 28);
  packet.writeUInt32BE(attempt, 36);
  packet.writeUInt16BE(checksum(packet, 20, packet.length), 22);
  return packet;
}

/** Host unreachable, from a router that quotes so many bytes of the ICMP message. */
function unreachable(attempt: number, quoted: number): Buffer {
  const request = reply(attempt);
  request[20] = 8;
  Buffer.from([10, 0, 0, 5]).copy(request, 16);
  const outer = Buffer.alloc(28);
  outer[0] = 0x45;
  outer[9] = 1;
  outer[20] = 3;
  outer[21] = 1;
  return Buffer.concat([outer, request.subarray(0, 20 + quoted)]);
}

describe('pinger', () => {
  afterEach(() => {
    for (const pinger of opened.splice(0)) pinger.close();
  });

  it('an answer in time is ok, with the time from sent to read', async () => {
    const { pinger, receive, advance } = bench();
    const attempt = pinger.attempt(0, 0);
    advance(3e6);
    receive(reply(0));
    expect(await attempt).to.deep.equal({ outcome: 'ok', reason: 'none', sent: 0, latency: 3e6 });
  });

  it('no answer by the deadline is lost', async () => {
    const { pinger, advance } = bench({ timeoutNs: 1e6 });
    const attempt = pinger.attempt(0, 0);
    advance(1e6);
    expect(await attempt).to.include({ outcome: 'lost', reason: 'timeout', latency: null });
  });

  it('an answer that waits in the socket after a stall is read before the verdict: ok, late', async () => {
    const { pinger, waiting, advance } = bench({ timeoutNs: 1e6 });
    const attempt = pinger.attempt(0, 0);
    waiting.push([reply(0), HOST]);
    advance(500e6);
    expect(await attempt).to.include({ outcome: 'ok', late: true });
  });

  it('an answer the system hands over one turn after a stall still counts', async () => {
    const { pinger, receive, state, advance } = bench({ timeoutNs: 1e6 });
    const attempt = pinger.attempt(0, 0);
    advance(500e6);
    state.onDrain = () => setImmediate(() => receive(reply(0)));
    expect(await attempt).to.include({ outcome: 'ok', late: true });
  });

  it('a timer that fires early waits for the rest', async () => {
    const { pinger, receive, advance } = bench({ timeoutNs: 1e6 });
    let ended = false;
    const attempt = pinger.attempt(0, 0).then((result) => {
      ended = true;
      return result;
    });
    advance(0.5e6);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(ended).to.equal(false);
    receive(reply(0));
    expect((await attempt).outcome).to.equal('ok');
  });

  it('an answer from another host counts for nothing, and is named when the attempt is lost', async () => {
    const { pinger, receive, advance } = bench({ timeoutNs: 1e6 });
    const attempt = pinger.attempt(0, 0);
    receive(reply(0), '10.0.0.6');
    advance(1e6);
    expect(await attempt).to.include({
      outcome: 'lost',
      detail: 'answered by 10.0.0.6, which is not the target',
    });
  });

  it('an answer with a wrong checksum counts for nothing', async () => {
    const { pinger, receive, advance } = bench({ timeoutNs: 1e6 });
    const attempt = pinger.attempt(0, 0);
    const damaged = reply(0);
    damaged[42] = 1;
    receive(damaged);
    advance(1e6);
    expect(await attempt).to.include({ outcome: 'lost', detail: 'answered with a wrong checksum' });
  });

  it('an answer with another length is no success', async () => {
    const { pinger, receive } = bench();
    const attempt = pinger.attempt(0, 0);
    receive(reply(0, 12));
    expect(await attempt).to.include({ outcome: 'failed', reason: 'content' });
  });

  it('answers after the verdict are events: late once, then duplicates', async () => {
    const { pinger, receive, events, advance } = bench({ timeoutNs: 1e6 });
    const lost = pinger.attempt(0, 41);
    advance(1e6);
    await lost;
    advance(2e6);
    receive(reply(0));
    receive(reply(0));
    const ok = pinger.attempt(0, 42);
    receive(reply(1));
    await ok;
    receive(reply(1));
    expect(
      events.map(({ kind, what, target, detail }) => [kind, what, target, detail]),
    ).to.deep.equal([
      ['reply', 'late', HOST, { seq: 41, rttNs: 3e6 }],
      ['reply', 'duplicate', HOST, { seq: 41, rttNs: 3e6 }],
      ['reply', 'duplicate', HOST, { seq: 42, rttNs: 0 }],
    ]);
  });

  it('what cannot leave this machine is unsent, never loss', async () => {
    const { pinger, state } = bench();
    state.sendError = 'Network is unreachable';
    expect(await pinger.attempt(0, 0)).to.deep.equal({
      outcome: 'unsent',
      reason: 'send-error',
      sent: null,
      latency: null,
      detail: 'Network is unreachable',
    });
  });

  it('a socket that breaks takes those in flight with it, unsent, and is opened again for the next', async () => {
    const { pinger, state, sent, breakSocket, receive, events } = bench();
    const first = pinger.attempt(0, 0);
    breakSocket();
    expect(await first).to.include({ outcome: 'unsent', reason: 'send-error' });
    expect(events.map(({ what }) => what)).to.deep.equal(['socket-lost']);
    state.openError = 'Too many open files';
    expect(await pinger.attempt(0, 1)).to.include({
      outcome: 'unsent',
      detail: 'no socket: Too many open files',
    });
    state.openError = null;
    const third = pinger.attempt(0, 2);
    receive(reply(sent.at(-1) ?? -1));
    expect(await third).to.include({ outcome: 'ok' });
    expect(state.opened).to.equal(2);
  });

  it('while more arrives than can be read, a missing answer proves nothing', async () => {
    const { pinger, state, advance } = bench({ timeoutNs: 1e6 });
    state.flooded = true;
    const attempt = pinger.attempt(0, 0);
    advance(1e6);
    expect(await attempt).to.include({ outcome: 'unsent', reason: 'overload' });
  });

  it('an error that quotes our nonce ends the attempt', async () => {
    const { pinger, receive } = bench();
    const attempt = pinger.attempt(0, 0);
    receive(unreachable(0, 24), '10.0.0.1');
    expect(await attempt).to.include({ outcome: 'failed', reason: 'unreachable' });
  });

  it('an error that quotes only the header ends nothing: an answer outweighs it', async () => {
    const { pinger, receive, advance } = bench();
    const attempt = pinger.attempt(0, 0);
    receive(unreachable(0, 8), '10.0.0.1');
    advance(3e6);
    receive(reply(0));
    expect(await attempt).to.deep.equal({ outcome: 'ok', reason: 'none', sent: 0, latency: 3e6 });
  });

  it('an error that quotes only the header says why there was no answer', async () => {
    const { pinger, receive, advance } = bench({ timeoutNs: 1e6 });
    const attempt = pinger.attempt(0, 0);
    receive(unreachable(0, 8), '10.0.0.1');
    advance(1e6);
    expect(await attempt).to.include({
      outcome: 'failed',
      reason: 'unreachable',
      latency: 0,
      detail: 'host unreachable (type 3 code 1), says 10.0.0.1, quoting too little to prove it',
    });
  });

  it('requests are numbered from where it is told, over 32 bits', async () => {
    const { pinger, receive, sent } = bench({ firstAttempt: 0xffff_ffff });
    const attempts = [0, 1].map((seq) => pinger.attempt(0, seq));
    expect(sent).to.deep.equal([0xffff_ffff, 0]);
    for (const attempt of sent) receive(reply(attempt));
    for (const one of await Promise.all(attempts)) expect(one).to.include({ outcome: 'ok' });
  });

  it('answers in any order go to their own attempts', async () => {
    const { pinger, receive, sent, advance } = bench();
    const attempts = Array.from({ length: 50 }, (_, seq) => {
      advance(1e3);
      return pinger.attempt(0, seq);
    });
    for (const attempt of [...sent].reverse()) receive(reply(attempt));
    const latencies = (await Promise.all(attempts)).map(({ latency }) => latency);
    expect(latencies).to.deep.equal(Array.from({ length: 50 }, (_, seq) => (49 - seq) * 1e3));
  });
});
