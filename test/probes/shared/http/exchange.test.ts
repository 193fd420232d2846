import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { openConnections } from '../../../../probes/shared/http/connections.ts';
import { type Exchange, exchange } from '../../../../probes/shared/http/exchange.ts';
import { createRoundTrip } from '../../../../probes/shared/http/round-trip.ts';
import { NS_PER_S } from '../../../../src/model/time.ts';
import { dropAnchor, runClock } from '../../../../src/platform/clock.ts';
import { selfSigned } from '../../keystone/certificates.ts';

const { now } = runClock(dropAnchor());
const REQUEST = { method: 'GET', path: '/', headers: {} };
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n';

describe('one exchange over HTTP', () => {
  const undo: (() => void)[] = [];
  afterEach(() => {
    for (const each of undo.splice(0)) each();
  });

  /** A server that does as told with every request, and counts. */
  async function serving(onRequest: (socket: Socket, nth: number) => unknown) {
    const seen = { connections: 0, requests: 0 };
    const server = createServer((socket) => {
      seen.connections++;
      socket.on('error', () => undefined);
      socket.on('data', () => {
        seen.requests++;
        void onRequest(socket, seen.requests);
      });
    });
    return { seen, port: await listen(server) };
  }
  async function listen(server: Server): Promise<number> {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    undo.push(() => {
      server.close();
      if ('closeAllConnections' in server) (server.closeAllConnections as () => void)();
    });
    return (server.address() as AddressInfo).port;
  }
  function client(
    origin: string,
    kind: 'new' | 'reused',
    timeoutNs = 2 * NS_PER_S,
    roundTrip = createRoundTrip(),
  ) {
    const tls = { ca: null, cert: null, key: null, insecure: true };
    const connections = openConnections({ origin, tls }, { now, roundTrip });
    undo.push(connections.close);
    return (): Promise<Exchange> => exchange(REQUEST, { connections, class: kind, timeoutNs, now });
  }

  describe('tells its stages apart', () => {
    it('TCP and the first byte; the rest of the answer comes later', async () => {
      const { port } = await serving((socket) => {
        socket.write(OK);
        setTimeout(() => socket.write('ok'), 30);
      });
      const done = await client(`http://127.0.0.1:${String(port)}`, 'new')();
      const { dns, connect, tls, firstByte } = done.timings;
      expect({ dns, tls }).to.deep.equal({ dns: null, tls: null });
      expect(connect).to.be.greaterThan(0);
      expect(firstByte).to.be.greaterThan(0);
      expect((connect ?? 0) + (firstByte ?? 0)).to.be.lessThan(done.at - done.sent - 20e6);
    });

    it('the name, where there is one', async () => {
      const { port } = await serving((socket) => socket.write(`${OK}ok`));
      const done = await client(`http://localhost:${String(port)}`, 'new')();
      expect(done.kind).to.equal('answer');
      expect(done.timings.dns).to.be.greaterThan(0);
      expect(done.timings.connect).to.be.greaterThan(0);
    });

    it('TLS apart from TCP', async function () {
      const certificate = selfSigned('IP:127.0.0.1');
      if (certificate === null) {
        this.skip();
        return;
      }
      const server = createTlsServer(certificate, (_, response) => response.end('ok'));
      const ask = client(`https://127.0.0.1:${String(await listen(server))}`, 'new');
      const done = await ask();
      const { connect, tls, firstByte } = done.timings;
      for (const stage of [connect, tls, firstByte]) expect(stage).to.be.greaterThan(0);
      expect((connect ?? 0) + (tls ?? 0) + (firstByte ?? 0)).to.be.at.most(done.at - done.sent);
    });

    it('a kept connection has only the first byte', async () => {
      const { port } = await serving((socket) => socket.write(`${OK}ok`));
      const ask = client(`http://127.0.0.1:${String(port)}`, 'reused');
      expect((await ask()).timings.connect).to.be.greaterThan(0);
      const { timings } = await ask();
      const { dns, connect, tls } = timings;
      expect({ dns, connect, tls }).to.deep.equal({ dns: null, connect: null, tls: null });
      expect(timings.firstByte).to.be.greaterThan(0);
    });

    for (const kind of ['new', 'reused'] as const) {
      it(`and knows a round trip after the first answer on a ${kind} connection`, async () => {
        const { port } = await serving((socket) => socket.write(`${OK}ok`));
        const origin = `http://127.0.0.1:${String(port)}`;
        const tls = { ca: null, cert: null, key: null, insecure: false };
        const connections = openConnections({ origin, tls }, { now });
        undo.push(connections.close);
        expect(connections.roundTripNs()).to.equal(0);
        const over = { connections, class: kind, timeoutNs: NS_PER_S, now };
        const { timings } = await exchange(REQUEST, over);
        expect(connections.roundTripNs()).to.equal(timings.connect).and.to.be.greaterThan(0);
      });
    }

    it('says how far a request came that was never answered', async () => {
      const { port } = await serving(() => undefined);
      const done = await client(`http://127.0.0.1:${String(port)}`, 'new', 50e6)();
      expect(done.kind).to.equal('silence');
      expect(done.timings.connect).to.be.greaterThan(0);
      expect(done.timings.firstByte).to.equal(null);
    });
  });

  describe('a new connection', () => {
    it('is closed by the time of the next, though nobody destroys it', async () => {
      const closed: Promise<unknown>[] = [];
      const { port, seen } = await serving((socket) => {
        closed.push(new Promise((resolve) => socket.once('close', resolve)));
        socket.write(`${OK}ok`);
      });
      const ask = client(`http://127.0.0.1:${String(port)}`, 'new');
      for (let i = 0; i < 3; i++) expect((await ask()).kind).to.equal('answer');
      await Promise.all(closed);
      expect(seen).to.deep.equal({ connections: 3, requests: 3 });
    });

    it('shakes hands in full: no TLS session is resumed', async function () {
      const certificate = selfSigned('IP:127.0.0.1');
      if (certificate === null) {
        this.skip();
        return;
      }
      const resumed: boolean[] = [];
      const server = createTlsServer(certificate, (_, response) => response.end('ok'));
      server.on('secureConnection', (socket) => resumed.push(socket.isSessionReused()));
      const ask = client(`https://127.0.0.1:${String(await listen(server))}`, 'new');
      for (let i = 0; i < 3; i++) expect((await ask()).kind).to.equal('answer');
      expect(resumed).to.deep.equal([false, false, false]);
    });
  });

  describe('reads the whole answer', () => {
    async function answerTo(...parts: readonly (string | Buffer)[]) {
      const { port } = await serving(async (socket) => {
        for (const part of parts) {
          socket.write(part);
          await new Promise(setImmediate);
        }
      });
      const done = await client(`http://127.0.0.1:${String(port)}`, 'reused')();
      return done.kind === 'answer' ? done.answer : done.kind;
    }

    it('in pieces, a letter of two bytes cut in half', async () => {
      const [head, tail] = [Buffer.from('grü').subarray(0, 3), Buffer.from('ü').subarray(1)];
      const answer = await answerTo('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n', head, tail);
      expect(answer).to.include({ status: 200, body: 'grü' });
    });

    it('of no bytes, and one with a byte order mark', async () => {
      const none = await answerTo('HTTP/1.1 204 No Content\r\n\r\n');
      expect(none).to.include({ status: 204, body: '' });
      const marked = await answerTo('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n\ufeff{}');
      expect(marked).to.include({ body: '{}' });
    });

    it('and takes no hint before it for the answer', async () => {
      const hint = 'HTTP/1.1 103 Early Hints\r\nX-Which: hint\r\n\r\n';
      const answer = await answerTo(
        hint,
        'HTTP/1.1 200 OK\r\nX-Which: answer\r\nContent-Length: 0\r\n\r\n',
      );
      expect(answer).to.include({ status: 200 });
      expect(typeof answer === 'object' && answer.headers['x-which']).to.equal('answer');
    });

    it('or says that it was cut short', async () => {
      const { port } = await serving((socket) =>
        socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf'),
      );
      expect((await client(`http://127.0.0.1:${String(port)}`, 'new')()).kind).to.equal('error');
    });
  });

  describe('hides no retry', () => {
    it('on a new connection: one connection, one request', async () => {
      const { port, seen } = await serving((socket) => socket.destroy());
      const done = await client(`http://127.0.0.1:${String(port)}`, 'new')();
      expect(done.kind).to.equal('error');
      expect(seen).to.deep.equal({ connections: 1, requests: 1 });
    });

    it('nor after 503 with Retry-After, which a retrying client would take up', async () => {
      const { port, seen } = await serving((socket) =>
        socket.write('HTTP/1.1 503 No\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n'),
      );
      const done = await client(`http://127.0.0.1:${String(port)}`, 'reused')();
      expect(done.kind === 'answer' && done.answer.status).to.equal(503);
      expect(seen).to.deep.equal({ connections: 1, requests: 1 });
    });

    it('on a kept one: the failure stands, whatever the one look on a new connection gives', async () => {
      const { port, seen } = await serving((socket, nth) => {
        // Later than a round trip: the request had arrived.
        if (nth === 2) setTimeout(() => socket.destroy(), 50);
        else socket.write(`${OK}ok`);
      });
      const ask = client(`http://127.0.0.1:${String(port)}`, 'reused');
      await ask();
      const done = await ask();
      expect(done.kind).to.equal('error');
      expect(done.closedIdle).to.equal(false);
      expect(done.fresh?.kind).to.equal('answer');
      expect(seen).to.deep.equal({ connections: 2, requests: 3 });
    });
  });

  describe('knows a close that was on its way before the request arrived', () => {
    /** Answers the first request, cuts the connection at the second. */
    const cutting = () =>
      serving((socket, nth) => {
        if (nth === 2) socket.destroy();
        else socket.write(`${OK}ok`);
      });

    it('by its coming within a round trip: the request goes out once more', async () => {
      const { port, seen } = await cutting();
      const slow = { saw: () => undefined, shortestNs: () => NS_PER_S };
      const ask = client(`http://127.0.0.1:${String(port)}`, 'reused', 2 * NS_PER_S, slow);
      await ask();
      const done = await ask();
      expect({ kind: done.kind, closedIdle: done.closedIdle, fresh: done.fresh }).to.deep.equal({
        kind: 'answer',
        closedIdle: true,
        fresh: null,
      });
      expect(seen).to.deep.equal({ connections: 2, requests: 3 });
    });

    it('and takes a later one for a failure', async () => {
      const { port } = await cutting();
      const near = { saw: () => undefined, shortestNs: () => 1 };
      const ask = client(`http://127.0.0.1:${String(port)}`, 'reused', 2 * NS_PER_S, near);
      await ask();
      expect(await ask()).to.include({ kind: 'error', closedIdle: false });
    });

    it('learns the round trip from its own connects, but not from one in which this process stood still', async () => {
      const { port } = await serving((socket) => socket.write(`${OK}ok`));
      const origin = `http://127.0.0.1:${String(port)}`;
      const roundTrip = createRoundTrip();
      await client(origin, 'new', 2 * NS_PER_S, roundTrip)();
      expect(roundTrip.shortestNs()).to.be.greaterThan(0);
      const tls = { ca: null, cert: null, key: null, insecure: true };
      const stalled = createRoundTrip();
      const connections = openConnections(
        { origin, tls },
        { now, roundTrip: stalled, stalledSince: () => 60e6 },
      );
      undo.push(connections.close);
      await exchange(REQUEST, { connections, class: 'new', timeoutNs: 2 * NS_PER_S, now });
      expect(stalled.shortestNs()).to.equal(0);
    });
  });
});
