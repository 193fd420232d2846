import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import fc from 'fast-check';
import { CodedError } from '../../../src/errors/coded-error.ts';
import { collectLines } from '../../../src/recorder/influx/lines.ts';
import { influxStore, readAnswer } from '../../../src/recorder/influx/store.ts';

const SETTINGS = { url: 'http://127.0.0.1:1/', org: 'o p s', bucket: 'b&c', token: 'secret-token' };

describe('InfluxDB as a store', () => {
  let server: Server;
  let port = 0;
  let seen: { url: string; headers: Record<string, unknown>; body: Buffer }[] = [];
  before(async () => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        seen.push({
          url: request.url ?? '',
          headers: request.headers,
          body: Buffer.concat(chunks),
        });
        response.writeHead(204).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '::', resolve));
    ({ port } = server.address() as AddressInfo);
  });
  beforeEach(() => {
    seen = [];
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  it('is written to with org, bucket and ns, below the path of its URL', async () => {
    const url = `http://127.0.0.1:${String(port)}/influx/`;
    const store = influxStore({ ...SETTINGS, url }, {});
    expect(await store.write(Buffer.from('a b=1 2'))).to.include({ kind: 'accepted' });
    await store.close();
    const [request] = seen;
    expect(request?.url).to.equal('/influx/api/v2/write?org=o+p+s&bucket=b%26c&precision=ns');
    expect(request?.headers).to.include({ authorization: 'Token secret-token' });
    expect(request?.headers['content-type']).to.equal('text/plain; charset=utf-8');
  });

  it('gets compressed what leaves this machine, and plain what does not', async () => {
    const text = 'rollproof_attempt,a=b c=1i 1795403686000000001\n'.repeat(100);
    for (const [host, encoding] of [
      ['127.0.0.1', 'identity'],
      ['[::ffff:127.0.0.1]', 'gzip'],
    ] as const) {
      const store = influxStore({ ...SETTINGS, url: `http://${host}:${String(port)}` }, {});
      expect(await store.write(Buffer.from(text))).to.include({ kind: 'accepted' });
      await store.close();
      const request = seen.pop();
      expect(request?.headers['content-encoding']).to.equal(encoding);
      const body = request?.body ?? Buffer.alloc(0);
      expect((encoding === 'gzip' ? gunzipSync(body) : body).toString()).to.equal(text);
    }
  });

  it('takes what is not set from the environment, and names all that is missing', () => {
    const none = { url: null, org: null, bucket: null, token: null };
    const env = { INFLUX_URL: 'https://i', INFLUX_ORG: 'o', INFLUX_BUCKET: 'b', INFLUX_TOKEN: 't' };
    expect(influxStore(none, env)).to.include({ url: 'https://i', org: 'o', bucket: 'b' });
    expect(influxStore(SETTINGS, env)).to.include({ url: 'http://127.0.0.1:1', org: 'o p s' });
    expect(() => influxStore(none, { INFLUX_ORG: '' })).to.throw(
      CodedError,
      'no url (INFLUX_URL), org (INFLUX_ORG), bucket (INFLUX_BUCKET), token (INFLUX_TOKEN)',
    );
  });

  for (const url of ['influx:8086', 'ftp://influx', 'http://user:pass@influx', 'not a url']) {
    it(`refuses the URL ${url}, without repeating it`, () => {
      expect(() => influxStore({ ...SETTINGS, url }, {}))
        .to.throw(CodedError, /^the url of the InfluxDB store/)
        .with.property('code', 'store-config');
      expect(() => influxStore({ ...SETTINGS, url }, {})).not.to.throw(/pass/);
    });
  }

  it('answers: what each status means', () => {
    const kind = (status: number) => readAnswer(status, 'words', null, 'S').kind;
    expect([200, 204].map(kind)).to.deep.equal(['accepted', 'accepted']);
    expect([400, 422].map(kind)).to.deep.equal(['refused', 'refused']);
    expect([401, 403].map(kind)).to.deep.equal(['unauthorized', 'unauthorized']);
    expect([404, 413].map(kind)).to.deep.equal(['not-found', 'too-large']);
    expect([302, 405, 408, 429, 500, 502, 503, 504].map(kind)).to.deep.equal(
      Array.from({ length: 8 }, () => 'busy'),
    );
    expect(readAnswer(422, 'partial write: x dropped=12', null, 'S')).to.include({ dropped: 12 });
    expect(readAnswer(429, 'words', '3', 'S')).to.deep.equal({
      kind: 'busy',
      message: 'S answered 429: words',
      retryAfterMs: 3000,
    });
  });
});

describe('lines as bytes', () => {
  it('are those that were added, whatever is in them and however many', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme', maxLength: 600 }), { maxLength: 30 }),
        fc.nat(3),
        fc.nat(30),
        fc.nat(30),
        (texts, expected, a, b) => {
          const lines = collectLines(expected);
          const wanted = texts.map((text) => text.replaceAll('\n', ' '));
          for (const text of wanted) lines.add(text);
          const done = lines.finish();
          expect(done.count).to.equal(wanted.length);
          expect(wanted.map((_, at) => done.text(at))).to.deep.equal(wanted);
          const [from, to] = [
            Math.min(a, b, wanted.length),
            Math.min(Math.max(a, b), wanted.length),
          ];
          if (from < to) {
            expect(Buffer.from(done.bytes(from, to)).toString()).to.equal(
              wanted.slice(from, to).join('\n'),
            );
          }
        },
      ),
    );
  });
});
