import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { httpConfig } from '../../../probes/http/config.ts';
import { NS_PER_S } from '../../../src/model/time.ts';
import { type FakeKeystone, fakeKeystone, PASSWORD } from '../keystone/fake-keystone.ts';
import { probing } from './probing.ts';

describe('http probe: attempts', () => {
  let server: Server;
  let url: string;
  let listener: RequestListener;
  beforeEach(async () => {
    server = createServer((request, response) => {
      listener(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/healthcheck?full=1`;
    listener = (_, response) => response.end('all is well');
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('sends what it was told to and takes 2xx for right', async () => {
    let seen = '';
    listener = (request, response) => {
      request.on('data', (chunk) => {
        seen += String(chunk);
      });
      request.on('end', () => {
        seen = `${request.method ?? ''} ${request.url ?? ''} ${String(request.headers['x-trace'])} ${seen}`;
        response.writeHead(204).end();
      });
    };
    const probe = await probing({ url, method: 'PUT', headers: { 'X-Trace': 'a' }, body: '{}' });
    const result = await probe.attempt();
    expect(result).to.include({ outcome: 'ok', reason: 'none' });
    expect(result.latency).to.be.greaterThan(0);
    expect(seen).to.equal('PUT /healthcheck?full=1 a {}');
    await probe.close();
  });

  const page = (status: number, body = ''): RequestListener => {
    return (_, response) => {
      response.writeHead(status, { 'x-openstack-request-id': 'req-9' }).end(body);
    };
  };
  const json = '{"versions":[{"status":"CURRENT","id":2}]}';
  const rows: readonly (readonly [string, object, RequestListener, string])[] = [
    ['a listed status', { status: [200, 300] }, page(300), 'ok none'],
    ['another status than the one expected', { status: 204 }, page(200), 'failed content'],
    ['401', {}, page(401), 'failed auth'],
    ['404', {}, page(404), 'failed http-4xx'],
    ['429', {}, page(429), 'failed throttled'],
    ['302', {}, page(302), 'failed http-3xx'],
    ['503', {}, page(503), 'failed http-5xx'],
    ['a body with the text', { contains: 'well' }, page(200, 'all is well'), 'ok none'],
    ['a body without it', { contains: 'well' }, page(200, 'maintenance'), 'failed content'],
    ['JSON as expected', { json: { 'versions.0.status': 'CURRENT' } }, page(200, json), 'ok none'],
    ['other JSON', { json: { 'versions.0.id': 3 } }, page(200, json), 'failed content'],
    ['no such place', { json: { 'versions.1.id': 2 } }, page(200, json), 'failed content'],
    [
      'an inherited key for no place',
      { json: { 'versions.length': 1 } },
      page(200, '{"versions":{}}'),
      'failed content',
    ],
    ['what is not JSON', { json: { a: 1 } }, page(200, '<html>'), 'failed content'],
  ];
  for (const [what, expected, answer, outcome] of rows) {
    it(`takes ${what}: ${outcome}`, async () => {
      listener = answer;
      const probe = await probing({ url, expect: expected });
      const result = await probe.attempt();
      expect(`${result.outcome} ${result.reason}`).to.equal(outcome);
      if (result.outcome === 'failed') expect(result.detail).to.include('(req-9)');
      await probe.close();
    });
  }

  it('keeps a connection where it is reused, and makes one for each request where it is not', async () => {
    let accepted = 0;
    server.on('connection', () => accepted++);
    for (const [kind, connections] of [
      ['reused', 1],
      ['new', 3],
    ] as const) {
      accepted = 0;
      const probe = await probing({ url, connections: [kind] });
      for (let i = 0; i < 3; i++) await probe.attempt();
      expect(accepted, kind).to.equal(connections);
      await probe.close();
    }
  });

  it('repeats nothing that changes something, to tell how a kept-alive connection failed', async () => {
    const seen: string[] = [];
    listener = (request, response) => {
      seen.push(request.method ?? '');
      if (seen.length === 2) setTimeout(() => request.socket.resetAndDestroy(), 20);
      else response.end();
    };
    const probe = await probing({ url, method: 'POST', connections: ['reused'] });
    expect(await probe.attempt()).to.include({ outcome: 'ok' });
    const failed = await probe.attempt();
    expect(failed).to.include({ outcome: 'failed', reason: 'reset' });
    expect(failed.detail).to.match(/a new connection at once \(HEAD \/\): HTTP 200 in /);
    expect(seen).to.deep.equal(['POST', 'POST', 'HEAD']);
    await probe.close();
    const kept = probe.events.find(({ what }) => what === 'kept-alive');
    expect(kept?.detail).to.deep.equal({ requests: 2, onKept: 1 });
  });

  it('refuses a rate at which no connection would be kept', () => {
    const parse = (config: object) => httpConfig.safeParse({ url, ...config });
    expect(parse({ rate: '6/m' }).error?.issues[0]?.message).to.include('raise the rate');
    expect(parse({ rate: '6/m', connections: ['new'] }).success).to.equal(true);
  });

  it('does not follow a redirect, and retries nothing', async () => {
    let requests = 0;
    listener = (request, response) => {
      requests++;
      if (requests === 1) response.writeHead(302, { location: '/' }).end();
      else request.socket.destroy();
    };
    const probe = await probing({ url });
    expect(await probe.attempt()).to.include({ outcome: 'failed', reason: 'http-3xx' });
    expect(await probe.attempt()).to.include({ outcome: 'failed', reason: 'closed' });
    expect(requests).to.equal(2);
    await probe.close();
  });

  it('is not told to set a header of the connection, which would never leave', () => {
    for (const name of ['Expect', 'keep-alive', 'Transfer-Encoding', 'Upgrade']) {
      const { error } = httpConfig.safeParse({ url, headers: { [name]: 'x' } });
      expect(error?.message, name).to.include('a header of the connection');
    }
  });

  it('says no secret header, whatever comes back', async () => {
    listener = (request, response) => {
      request.socket.end(`HTTP/1.1 200 OK\r\n${String(request.headers.authorization)}\r\n\r\n`);
      response.destroy();
    };
    const probe = await probing({ url, headers: { Authorization: 'Bearer not-to-be-seen' } });
    const { detail = '' } = await probe.attempt();
    expect(detail).not.to.include('not-to-be-seen');
    await probe.close();
  });

  describe('with a Keystone token', () => {
    let keystone: FakeKeystone;
    let now = 0;
    beforeEach(async () => {
      now = 0;
      keystone = await fakeKeystone();
      keystone.lifetimeMs = 100_000;
    });
    afterEach(() => keystone.close());
    const token = () => ({ auth: { url: keystone.url, username: 'admin', password: PASSWORD } });

    it('sends it, and a new one before it expires', async () => {
      const sent: unknown[] = [];
      listener = (request, response) => {
        sent.push(request.headers['x-auth-token']);
        response.end();
      };
      const probe = await probing({ url, token: token() }, () => now);
      await probe.attempt();
      now = 99 * NS_PER_S;
      expect(await probe.attempt()).to.include({ outcome: 'ok' });
      expect(sent).to.deep.equal(['gAAAA-token-1', 'gAAAA-token-2']);
      expect(JSON.stringify(probe.events)).not.to.match(/gAAAA|opensesame/);
      await probe.close();
    });

    it('blames nobody but says what was waited for when a new one comes too late', async () => {
      let asked = 0;
      listener = (_, response) => {
        asked++;
        response.end();
      };
      const probe = await probing({ url, token: token(), rate: '10/s' }, () => now);
      keystone.lifetimeMs = 10;
      for (const [tookMs, outcome] of [
        [100, 'ok'],
        [101, 'unsent'],
      ] as const) {
        now += 200 * NS_PER_S;
        keystone.answer = () => {
          now += tookMs * 1e6;
          return false;
        };
        const result = await probe.attempt();
        expect(result, String(tookMs)).to.include({ outcome });
        if (outcome === 'unsent') {
          expect(result).to.include({ reason: 'no-token', sent: null });
          expect(result.detail).to.equal(
            'the token had expired, and Keystone took 101ms for a new one',
          );
        }
      }
      expect(asked).to.equal(1);
      await probe.close();
    });

    it('blames nobody but says so when Keystone gives no new one', async () => {
      let asked = 0;
      listener = (_, response) => {
        asked++;
        response.end();
      };
      const probe = await probing({ url, token: token() }, () => now);
      now = 200 * NS_PER_S;
      keystone.answer = (_, response) => {
        response.writeHead(503).end();
        return undefined;
      };
      const result = await probe.attempt();
      expect(result).to.include({ outcome: 'unsent', reason: 'no-token', sent: null });
      expect(result.detail).to.include('gave no new one: HTTP 503');
      expect(asked).to.equal(0);
      await probe.close();
    });

    it('asks where the catalog says that the service is', async () => {
      const { origin } = new URL(url);
      const at = (face: string, path: string) => ({
        interface: face,
        region_id: 'RegionOne',
        url: `${origin}${path}`,
      });
      const endpoints = [at('public', '/public'), at('internal', '/internal/v2.1/')];
      keystone.answer = (seen, response) => {
        if (seen.url !== '/v3/auth/catalog') return false;
        response.end(JSON.stringify({ catalog: [{ type: 'compute', endpoints }] }));
        return undefined;
      };
      const asked: string[] = [];
      listener = (request, response) => {
        asked.push(request.url ?? '');
        response.end();
      };
      const service = { type: 'compute', path: '/servers?limit=1', interface: 'internal' };
      const probe = await probing({ service, token: token() });
      expect(await probe.attempt()).to.include({ outcome: 'ok' });
      expect(asked).to.deep.equal(['/internal/v2.1/servers?limit=1']);
      await probe.close();
      const none: unknown = await probing({ service: { type: 'image' }, token: token() }).catch(
        (error: unknown) => error,
      );
      expect(none).to.include({ code: 'probe-config' });
      expect(String(none)).to.include('no service of type image; it has compute');
    });

    it('is needed for a service of the catalog, which stands in place of a url', () => {
      const problems = (config: object) =>
        httpConfig.safeParse(config).error?.issues.map(({ message }) => message);
      expect(problems({ service: { type: 'compute' } })).to.deep.equal([
        'a service of the catalog needs a `token`',
      ]);
      expect(problems({})).to.deep.equal(['give `url` or `service`: one of them']);
      expect(problems({ url, service: { type: 'compute' }, token: {} })).to.deep.equal([
        'give `url` or `service`: one of them',
      ]);
    });

    it('cannot begin without one', async () => {
      keystone.answer = (_, response) => {
        response.writeHead(401).end();
        return undefined;
      };
      const refused: unknown = await probing({ url, token: token() }).catch(
        (error: unknown) => error,
      );
      expect(refused).to.include({ code: 'keystone-login-failed', exitCode: 5 });
    });
  });
});
