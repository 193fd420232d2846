import type { ServerResponse } from 'node:http';
import { type AddressInfo, createServer, type Server as NetServer } from 'node:net';
import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import { NS_PER_S } from '../../../src/model/time.ts';
import { type FakeKeystone, fakeKeystone, PASSWORD, type Seen } from './fake-keystone.ts';
import { operations, type Probing, probing } from './probing.ts';

const error = (status: number, message: string) => (_: Seen, response: ServerResponse) => {
  response.writeHead(status, { 'x-openstack-request-id': 'req-7' });
  response.end(JSON.stringify({ error: { code: status, message, title: 'x' } }));
  return undefined;
};

const text =
  (status: number, body: string, headers = {}) =>
  (_: Seen, response: ServerResponse) => {
    response.writeHead(status, headers);
    response.end(body);
    return undefined;
  };

describe('keystone probe: attempts', () => {
  let keystone: FakeKeystone;
  let probe: Probing;
  beforeEach(async () => {
    keystone = await fakeKeystone();
    probe = await probing(keystone.url);
  });
  afterEach(async () => {
    await probe.close();
    await keystone.close();
  });

  it('issues and validates, each with a latency', async () => {
    for (const operation of operations) {
      const result = await probe.attempt(operation);
      expect(result).to.include({ outcome: 'ok', reason: 'none' });
      expect(result.latency).to.be.greaterThan(0);
      expect(result.detail).to.equal(undefined);
    }
  });

  it('validates the token issued last, and one issued before the upgrade', async () => {
    probe.phase('upgrade');
    await probe.attempt('issue');
    await probe.attempt('issue');
    await probe.attempt('validate');
    await probe.attempt('validate-old');
    const validated = keystone.seen.slice(-2).map(({ headers }) => headers['x-subject-token']);
    expect(validated).to.deep.equal(['gAAAA-token-3', 'gAAAA-token-1']);
  });

  it('opens a connection for each request by default', async () => {
    const before = keystone.accepted();
    for (const operation of operations) await probe.attempt(operation);
    expect(keystone.accepted() - before).to.equal(3);
    expect(keystone.seen.at(-1)?.headers.connection).to.equal('close');
  });

  for (const [status, operation, reason] of [
    [401, 'issue', 'auth'],
    [403, 'issue', 'auth'],
    [404, 'issue', 'http-4xx'],
    [401, 'validate', 'auth'],
    [404, 'validate-old', 'auth'],
    [409, 'validate', 'http-4xx'],
    [429, 'issue', 'throttled'],
    [500, 'validate', 'http-5xx'],
    [503, 'issue', 'http-5xx'],
    [301, 'issue', 'http-3xx'],
  ] as const) {
    it(`calls HTTP ${String(status)} on ${operation} ${reason}`, async () => {
      keystone.answer = error(status, 'said so');
      const result = await probe.attempt(operation);
      expect(result).to.include({
        outcome: 'failed',
        reason,
        detail: `HTTP ${String(status)}: said so (req-7)`,
      });
    });
  }

  const token = { 'x-subject-token': 'gAAAA-x' };
  for (const [what, operation, answer] of [
    ['a page instead of JSON', 'issue', text(201, '<html>It works!</html>', token)],
    ['JSON that is no token', 'validate', text(200, '{"ok":true}')],
    ['an empty body', 'validate', text(200, '')],
    ['no X-Subject-Token', 'issue', text(201, '{"token":{}}')],
    ['the wrong success status', 'issue', text(200, '{}', token)],
    [
      "another user's token",
      'validate',
      text(
        200,
        '{"token":{"user":{"id":"u-2"},"issued_at":"2026-11-23T00:00:00Z","expires_at":"2026-11-23T01:00:00Z"}}',
      ),
    ],
  ] as const) {
    it(`calls ${what} content`, async () => {
      keystone.answer = answer;
      const result = await probe.attempt(operation);
      expect(result).to.include({ outcome: 'failed', reason: 'content' });
    });
  }

  it('calls a connection closed without an answer closed', async () => {
    keystone.answer = (_, __, socket) => void socket.end();
    expect(await probe.attempt('issue')).to.include({ outcome: 'failed', reason: 'closed' });
  });

  it('calls a connection reset without an answer reset', async () => {
    keystone.answer = (_, __, socket) => void socket.resetAndDestroy();
    expect(await probe.attempt('validate')).to.include({ outcome: 'failed', reason: 'reset' });
  });

  it('never takes half an answer for a whole one', async () => {
    keystone.answer = (_, response, socket) => {
      response.writeHead(200, { 'content-length': 5000 });
      response.write('{"token":', () => socket.end());
    };
    const result = await probe.attempt('validate');
    expect(result.outcome).to.equal('failed');
  });

  it('calls what is not HTTP protocol', async () => {
    keystone.answer = (_, __, socket) => void socket.end('SSH-2.0-OpenSSH_9.2\r\n');
    expect(await probe.attempt('issue')).to.include({ outcome: 'failed', reason: 'protocol' });
  });

  it('sends one request for each attempt, whatever comes back', async () => {
    const before = keystone.seen.length;
    keystone.answer = (_, __, socket) => void socket.resetAndDestroy();
    for (const operation of operations) await probe.attempt(operation);
    expect(keystone.seen.length - before).to.equal(3);
  });

  it('calls a port without a listener refused', async () => {
    await keystone.close();
    expect(await probe.attempt('issue')).to.include({ outcome: 'failed', reason: 'refused' });
  });

  it('cuts a long text only after the token is taken out of it', async () => {
    const long = `gAAAA-${'x'.repeat(400)}`;
    keystone.answer = (seen, response) => {
      if (seen.method === 'POST') return false;
      const token = String(seen.headers['x-subject-token']);
      error(404, `Could not find token: ${token}.`)(seen, response);
      return true;
    };
    keystone.tokenValue = long;
    await probe.attempt('issue');
    const { detail = '' } = await probe.attempt('validate');
    expect(detail).to.equal('HTTP 404: Could not find token: ***. (req-7)');
  });

  it('shows neither password nor token, even when the server says them', async () => {
    keystone.answer = (seen, response) => {
      error(401, `bad ${PASSWORD} or ${String(seen.headers['x-subject-token'])}`)(seen, response);
    };
    for (const operation of operations) {
      const { detail } = await probe.attempt(operation);
      expect(detail).to.match(/bad \*\*\* or (\*\*\*|undefined)/);
    }
    expect(JSON.stringify(probe.events)).not.to.match(/opensesame|gAAAA/);
  });
});

describe('keystone probe: deadlines', () => {
  let keystone: FakeKeystone;
  beforeEach(async () => {
    keystone = await fakeKeystone();
  });
  afterEach(() => keystone.close());

  for (const [what, answer] of [
    ['never answers', () => undefined],
    [
      'sends half of its answer',
      (_: Seen, response: ServerResponse) => {
        response.writeHead(200, { 'content-length': 5000 });
        response.write('{"token":');
        return undefined;
      },
    ],
  ] as const) {
    it(`calls it lost when the server ${what}, and the next attempt is not held up`, async () => {
      const probe = await probing(keystone.url, { timeout: '100ms' });
      keystone.answer = answer;
      const hanging = await Promise.all([probe.attempt('validate'), probe.attempt('issue')]);
      for (const result of hanging) {
        expect(result).to.include({ outcome: 'lost', reason: 'stalled', latency: null });
      }
      keystone.answer = undefined;
      expect(await probe.attempt('validate')).to.include({ outcome: 'ok' });
      await probe.close();
    });
  }

  it('calls it lost when a listener does not accept TLS', async () => {
    const mute: NetServer = createServer((socket) => {
      // Reads and says nothing. Closing the server below also waits until the probe has let go of the connection.
      socket.on('error', () => undefined).resume();
    });
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const { port } = mute.address() as AddressInfo;
    const failure = await probing(`https://127.0.0.1:${String(port)}`, { timeout: '100ms' }).catch(
      String,
    );
    // Its kernel accepts the connection, as that of a stopped process does.
    expect(failure).to.include('stalled');
    await new Promise((resolve) => mute.close(resolve));
  });

  it('calls an answer ok and late that waited in the socket while this thread stood still', async () => {
    // The server lives in another thread: it answers while this one is blocked.
    const server = new Worker(
      `const { createServer } = require('node:http');
       const { parentPort } = require('node:worker_threads');
       const issued_at = new Date().toISOString(), expires_at = new Date(Date.now() + 3600e3).toISOString();
       createServer((request, response) => {
         const status = request.method === 'POST' ? 201 : 200;
         setTimeout(() => {
           response.writeHead(status, { 'x-subject-token': 'gAAAA' });
           response.end(JSON.stringify({ token: { user: { id: 'u' }, issued_at, expires_at } }));
         }, status === 200 ? 100 : 0);
       }).listen(0, '127.0.0.1', function () { parentPort.postMessage(this.address().port); });`,
      { eval: true },
    );
    const port = await new Promise<number>((resolve) => server.once('message', resolve));
    const probe = await probing(`http://127.0.0.1:${String(port)}`, { timeout: '300ms' });
    const pending = probe.attempt('validate');
    // Let the request leave: the server answers 100 ms after it, the deadline is 300 ms after it.
    await new Promise((resolve) => setTimeout(resolve, 50));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600);
    expect(await pending).to.include({ outcome: 'ok', late: true });
    await probe.close();
    await server.terminate();
  });
});

describe('keystone probe: reused connections', () => {
  let keystone: FakeKeystone;
  let probe: Probing;
  beforeEach(async () => {
    keystone = await fakeKeystone();
    keystone.server.keepAliveTimeout = 60_000;
    probe = await probing(keystone.url, { connections: ['reused'] });
  });
  afterEach(async () => {
    await probe.close();
    await keystone.close();
  });

  it('keeps one connection for attempts one after the other', async () => {
    const before = keystone.accepted();
    for (let i = 0; i < 3; i++) await probe.attempt('issue');
    expect(keystone.accepted() - before).to.equal(1);
  });

  it('opens as many as are in flight: no attempt waits for another', async () => {
    const waiting: ServerResponse[] = [];
    keystone.answer = (_, response) => {
      waiting.push(response);
      if (waiting.length === 5) for (const one of waiting) one.writeHead(503).end();
    };
    const before = keystone.accepted();
    const results = await Promise.all([1, 2, 3, 4, 5].map(() => probe.attempt('validate')));
    expect(results.map(({ reason }) => reason)).to.deep.equal(Array(5).fill('http-5xx'));
    expect(keystone.accepted() - before).to.equal(5);
  });

  it('does not blame the service for a connection that it closed while idle', async () => {
    await probe.attempt('validate');
    const before = { seen: keystone.seen.length, accepted: keystone.accepted() };
    keystone.server.closeIdleConnections();
    const result = await probe.attempt('validate');
    expect(result).to.include({ outcome: 'ok' });
    expect(keystone.seen.length - before.seen).to.equal(1);
    expect(keystone.accepted() - before.accepted).to.equal(1);
    await probe.close();
    const told = probe.events.filter(({ kind }) => kind === 'reply');
    expect(told.map(({ target, what, detail }) => [target, what, detail])).to.deep.equal([
      ['validate reused', 'closed-idle', { count: 1 }],
    ]);
  });

  it('blames it for one that it closed with a request at work', async () => {
    await probe.attempt('validate');
    const before = keystone.seen.length;
    keystone.answer = (_, __, socket) => {
      keystone.answer = undefined;
      setTimeout(() => socket.resetAndDestroy(), 50);
    };
    const result = await probe.attempt('validate');
    expect(result).to.include({ outcome: 'failed', reason: 'reset' });
    expect(result.detail).to.match(/a new connection at once: HTTP 200 in /);
    expect(keystone.seen.length - before).to.equal(2);
  });

  it('tells a server that went away from one that cut a connection', async () => {
    await probe.attempt('validate');
    keystone.answer = (_, __, socket) => {
      keystone.server.close();
      setTimeout(() => socket.resetAndDestroy(), 50);
    };
    expect(await probe.attempt('validate')).to.include({ outcome: 'failed', reason: 'refused' });
  });

  it('calls it stalled when the connection stands and no answer comes', async () => {
    const short = await probing(keystone.url, { connections: ['reused'], timeout: '100ms' });
    await short.attempt('validate');
    keystone.answer = () => undefined;
    const result = await short.attempt('validate');
    expect(result).to.include({ outcome: 'lost', reason: 'stalled' });
    expect(result.detail).to.include('a new connection at once: stalled');
    await short.close();
  });
});

describe('keystone probe: tokens that expire', () => {
  let keystone: FakeKeystone;
  let now = 0;
  beforeEach(async () => {
    now = 0;
    keystone = await fakeKeystone();
    keystone.lifetimeMs = 100_000;
  });
  afterEach(() => keystone.close());
  const open = (list: readonly string[]) =>
    probing(keystone.url, { operations: list, timeout: '2s' }, () => now);
  const posts = () => keystone.seen.filter(({ method }) => method === 'POST').length;

  it('renews the token that validate uses before it expires', async () => {
    const probe = await open(['validate']);
    now = 50 * NS_PER_S;
    await probe.attempt('validate');
    expect(posts()).to.equal(1);
    now = 80 * NS_PER_S;
    expect(await probe.attempt('validate')).to.include({ outcome: 'ok' });
    while (!probe.events.some(({ what }) => what === 'token-renewed')) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    now = 110 * NS_PER_S;
    expect(await probe.attempt('validate')).to.include({ outcome: 'ok' });
    expect(keystone.seen.at(-1)?.headers['x-subject-token']).to.equal('gAAAA-token-3');
    await probe.close();
  });

  it('never validates an expired token: it gets a new one first', async () => {
    const probe = await open(['validate']);
    now = 99 * NS_PER_S;
    expect(await probe.attempt('validate')).to.include({ outcome: 'ok' });
    expect(posts()).to.equal(2);
    await probe.close();
  });

  describe('when a new one must be waited for', () => {
    const expired = 200 * NS_PER_S;
    const post = (then: () => void) => (seen: Seen) => {
      if (seen.method === 'POST') then();
      return false;
    };

    it('counts the waiting: it was sent when that began', async () => {
      for (const operation of ['validate', 'catalog'] as const) {
        const probe = await open([operation]);
        now += expired;
        keystone.answer = (seen, response) => {
          now += (seen.method === 'POST' ? 0.8 : 0.2) * NS_PER_S;
          if (!seen.url.endsWith('/catalog')) return false;
          text(200, '{"catalog":[{"type":"identity","endpoints":[]}]}')(seen, response);
          return true;
        };
        const began = now;
        const { outcome, sent, latency, detail } = await probe.attempt(operation);
        expect({ outcome, sent, latency }).to.deep.equal({
          outcome: 'ok',
          sent: began,
          latency: NS_PER_S,
        });
        expect(detail).to.equal('the token had to be renewed first, which took 800ms');
        keystone.answer = undefined;
        await probe.close();
      }
    });

    it('calls it a timeout when no answer comes in the time that the renewal has left', async () => {
      const probe = await open(['validate']);
      now = expired;
      keystone.answer = (seen) => {
        if (seen.method !== 'POST') return undefined;
        now += 1.95 * NS_PER_S;
        return false;
      };
      const result = await probe.attempt('validate');
      const took = 'the token had to be renewed first, which took 1.95s; stalled';
      expect(result).to.include({ outcome: 'lost', reason: 'timeout', sent: expired });
      expect(result).to.include({ latency: null, detail: took });
      await probe.close();
    });

    it('asks nothing when the renewal has left no time', async () => {
      const probe = await open(['validate']);
      now = expired;
      keystone.answer = post(() => {
        now += 2 * NS_PER_S;
      });
      const result = await probe.attempt('validate');
      expect(result).to.include({ outcome: 'lost', reason: 'timeout', sent: expired });
      expect(result.detail).to.equal('the token had to be renewed first, which took 2s');
      expect(keystone.seen.map(({ method }) => method)).to.deep.equal(['POST', 'POST']);
      await probe.close();
    });

    it('ends with the renewal that failed, each attempt as of its own beginning', async () => {
      const probe = await open(['validate']);
      now = expired;
      const asked = new Promise<ServerResponse>((resolve) => {
        keystone.answer = (_, response) => {
          resolve(response);
        };
      });
      const first = probe.attempt('validate');
      const response = await asked;
      now += 0.1 * NS_PER_S;
      const second = probe.attempt('validate');
      now += 0.2 * NS_PER_S;
      response.writeHead(503).end();
      const failed = { outcome: 'failed', reason: 'http-5xx' };
      expect(await first).to.include({ ...failed, sent: expired, latency: 0.3 * NS_PER_S });
      expect(await second).to.include({
        ...failed,
        sent: expired + 0.1 * NS_PER_S,
        latency: 0.2 * NS_PER_S,
      });
      expect(posts()).to.equal(2);
      await probe.close();
    });
  });

  it('says so when Keystone gives no new token for an expired one', async () => {
    const probe = await open(['validate']);
    now = 200 * NS_PER_S;
    keystone.answer = error(503, 'down');
    const result = await probe.attempt('validate');
    expect(result).to.include({ outcome: 'failed', reason: 'http-5xx' });
    expect(result.detail).to.include('gave no new one: HTTP 503');
    await probe.close();
  });

  it('makes no attempt with an old token that has expired: unsent, not failed', async () => {
    const probe = await open(['validate-old']);
    now = 50 * NS_PER_S;
    expect(await probe.attempt('validate-old')).to.include({ outcome: 'ok' });
    now = 99 * NS_PER_S;
    const result = await probe.attempt('validate-old');
    expect(result).to.include({ outcome: 'unsent', reason: 'no-token', sent: null });
    // None of the operations issues any, so as many as are kept were issued before the run.
    expect(posts()).to.equal(8);
    await probe.close();
  });
});

describe('keystone probe: other operations', () => {
  let keystone: FakeKeystone;
  beforeEach(async () => {
    keystone = await fakeKeystone();
  });
  afterEach(() => keystone.close());

  const versioned = (id: string) =>
    text(200, JSON.stringify({ version: { id, status: 'stable' } }));

  it('asks for the API version and tells when it changes', async () => {
    const probe = await probing(keystone.url, { operations: ['version'] });
    for (const id of ['v3.14', 'v3.14', 'v3.15']) {
      keystone.answer = versioned(id);
      expect(await probe.attempt('version')).to.include({ outcome: 'ok' });
    }
    const told = probe.events.filter(({ what }) => what === 'api-version');
    expect(told.map(({ detail }) => detail)).to.deep.equal([
      { from: null, to: 'v3.14' },
      { from: 'v3.14', to: 'v3.15' },
    ]);
    keystone.answer = versioned('v2.0');
    expect(await probe.attempt('version')).to.include({ outcome: 'failed', reason: 'content' });
    await probe.close();
  });

  it('asks for the catalog with a token, and takes an empty one for wrong', async () => {
    const probe = await probing(keystone.url, { operations: ['catalog'] });
    const catalog = [{ type: 'identity', endpoints: [{ url: 'http://k/v3' }] }];
    keystone.answer = text(200, JSON.stringify({ catalog }));
    expect(await probe.attempt('catalog')).to.include({ outcome: 'ok' });
    expect(keystone.seen.at(-1)).to.include({ method: 'GET', url: '/v3/auth/catalog' });
    expect(keystone.seen.at(-1)?.headers['x-auth-token']).to.equal('gAAAA-token-1');
    keystone.answer = text(200, '{"catalog":[]}');
    expect(await probe.attempt('catalog')).to.include({ outcome: 'failed', reason: 'content' });
    keystone.answer = error(401, 'no');
    expect(await probe.attempt('catalog')).to.include({ outcome: 'failed', reason: 'auth' });
    await probe.close();
  });

  it('hammers the identity endpoint of an interface or region, where one is asked for', async () => {
    const internal = await fakeKeystone();
    const endpoint = { interface: 'internal', region_id: 'one', url: internal.url };
    const catalog = [{ type: 'identity', endpoints: [endpoint] }];
    keystone.answer = ({ url }, response) => {
      if (url !== '/v3/auth/catalog') return false;
      response.end(JSON.stringify({ catalog }));
      return undefined;
    };
    const probe = await probing(keystone.url, { interface: 'internal' });
    expect(await probe.attempt('issue')).to.include({ outcome: 'ok' });
    expect(await probe.attempt('validate')).to.include({ outcome: 'ok' });
    expect(internal.seen.map(({ method, url }) => `${method} ${url}`)).to.deep.equal([
      'POST /v3/auth/tokens',
      'GET /v3/auth/tokens',
    ]);
    expect(probe.events.find(({ what }) => what === 'endpoint')?.detail).to.deep.equal({
      url: `${internal.url}/v3`,
    });
    await probe.close();
    const missing: unknown = await probing(keystone.url, { region: 'two' }).catch(
      (thrown: unknown) => thrown,
    );
    expect(missing).to.include({ code: 'probe-config', exitCode: 5 });
    expect(String(missing)).to.include('no public endpoint of identity; it has internal');
    await internal.close();
  });

  it('validates tokens issued before the upgrade, the latest of them in turn, and none issued later', async () => {
    const probe = await probing(keystone.url);
    for (let i = 0; i < 9; i++) await probe.attempt('issue');
    probe.phase('upgrade');
    const issued = keystone.seen.filter(({ method }) => method === 'POST').length;
    await probe.attempt('issue');
    const validated = new Set<unknown>();
    for (let i = 0; i < 16; i++) {
      expect(await probe.attempt('validate-old')).to.include({ outcome: 'ok' });
      validated.add(keystone.seen.at(-1)?.headers['x-subject-token']);
    }
    const latest = [3, 4, 5, 6, 7, 8, 9, 10].map((count) => `gAAAA-token-${String(count)}`);
    expect(issued).to.equal(10);
    expect([...validated].sort()).to.deep.equal(latest.sort());
    await probe.close();
  });
});
