import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { parseLine, type StoredPoint } from './line-parser.ts';

/** What a test does to one write request; null: it is answered as InfluxDB would. */
export type Interference =
  | null
  /** Answered so, and nothing is stored. */
  | { readonly status: number; readonly message: string; readonly headers?: Record<string, string> }
  /** Stored, and then the connection is cut: the writer never knows. */
  | 'store-and-cut'
  | 'cut'
  /** Held until the promise is settled, then answered as InfluxDB would. */
  | Promise<void>;

export type FakeInflux = {
  readonly url: string;
  readonly org: string;
  readonly token: string;
  /** Bucket → its points. A test deletes one, or makes it again. */
  readonly buckets: Map<string, Map<string, StoredPoint>>;
  tokens: Set<string>;
  /** Of the unzipped body. */
  maxBytes: number;
  /** Points of one line that the engine does not take, by its text: 400 for the whole request, as for a line that cannot be parsed. */
  refuses: (line: string) => boolean;
  /** As InfluxDB Cloud Serverless does: the good lines are stored, the answer is 400 with the numbers of the others. */
  partial: boolean;
  /** Older points are dropped with 422, ns since 1970. */
  retentionFrom: bigint;
  interfere: (nth: number, lines: readonly string[]) => Interference;
  /** Lines of each write request, in order, whatever became of it. */
  readonly requests: number[];
  readonly stop: () => Promise<void>;
  readonly start: () => Promise<void>;
};

export const BUCKET = 'upgrades';

/**
 * An InfluxDB 2 as its API reference and its open-source code describe it (https://docs.influxdata.com/influxdb/v2/write-data/troubleshoot/): token, organisation and bucket are
 * checked before the body; a line that cannot be parsed rejects the whole request (400); a field of another type than before or a point outside of the retention is
 * dropped while the others are stored (422, `dropped=N`); points of the same measurement, tags and time are one, whose fields are merged.
 */
export async function fakeInflux(): Promise<FakeInflux> {
  let nth = 0;
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      try {
        for await (const chunk of request) chunks.push(chunk as Buffer);
      } catch {
        return;
      }
      await handle(request, response, Buffer.concat(chunks));
    })();
  });
  const fake: FakeInflux & { url: string } = {
    url: '',
    org: 'ops',
    token: 'influx-token-of-the-tests',
    buckets: new Map([[BUCKET, new Map<string, StoredPoint>()]]),
    tokens: new Set(['influx-token-of-the-tests']),
    maxBytes: 10_000_000,
    refuses: () => false,
    partial: false,
    retentionFrom: 0n,
    interfere: () => null,
    requests: [],
    stop: async () => {
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
    start: async () => {
      const port = fake.url === '' ? 0 : Number(new URL(fake.url).port);
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
      fake.url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    },
  };

  const handle = async (request: IncomingMessage, response: ServerResponse, body: Buffer) => {
    const answer = (status: number, code: string, message: string, more: object = {}) => {
      response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...more });
      response.end(status === 204 ? undefined : JSON.stringify({ code, message }));
    };
    const url = new URL(request.url ?? '', 'http://fake');
    const { method, headers } = request;
    if (method !== 'POST' || url.pathname !== '/api/v2/write') {
      answer(404, 'not found', 'path not found');
      return;
    }
    const unzipped = headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
    const lines = unzipped.length === 0 ? [] : unzipped.toString().split('\n');
    if (lines.length > 0) fake.requests.push(lines.length);
    const interference = lines.length === 0 ? null : fake.interfere(nth++, lines);
    if (interference instanceof Promise) await interference;
    else if (interference === 'cut') {
      request.socket.destroy();
      return;
    } else if (interference !== null && interference !== 'store-and-cut') {
      answer(interference.status, 'fault', interference.message, interference.headers);
      return;
    }
    const token = /^Token (.+)$/.exec(headers.authorization ?? '')?.[1];
    if (token === undefined || !fake.tokens.has(token)) {
      answer(401, 'unauthorized', 'unauthorized access');
      return;
    }
    if (url.searchParams.get('org') !== fake.org) {
      answer(
        404,
        'not found',
        `organization name "${String(url.searchParams.get('org'))}" not found`,
      );
      return;
    }
    const name = url.searchParams.get('bucket') ?? '';
    const bucket = fake.buckets.get(name);
    if (bucket === undefined) {
      answer(404, 'not found', `bucket "${name}" not found`);
      return;
    }
    if (url.searchParams.get('precision') !== 'ns') {
      answer(400, 'invalid', 'the tests write with precision ns');
      return;
    }
    if (unzipped.length === 0) {
      answer(400, 'invalid', 'writing requires points');
      return;
    }
    if (unzipped.length > fake.maxBytes) {
      answer(413, 'request too large', 'unable to read data: points batch is too large');
      return;
    }
    const [status, message] = store(fake, bucket, lines);
    if (interference === 'store-and-cut') request.socket.destroy();
    else answer(status, status === 422 ? 'unprocessable entity' : 'invalid', message);
  };
  await fake.start();
  return fake;
}

function store(
  fake: FakeInflux,
  bucket: Map<string, StoredPoint>,
  lines: readonly string[],
): [status: number, message: string] {
  const parsed: StoredPoint[] = [];
  const errors: string[] = [];
  for (const [at, line] of lines.entries()) {
    const point = fake.refuses(line) ? 'invalid number' : parseLine(line);
    if (typeof point === 'string') {
      errors.push(
        fake.partial ? `line ${String(at + 1)}: ${point}` : `unable to parse '${line}': ${point}`,
      );
    } else parsed.push(point);
  }
  if (errors.length > 0 && !fake.partial) return [400, errors.join('\n')];
  let dropped = 0;
  let why = '';
  for (const point of parsed) {
    const conflict = conflictOf(bucket, point);
    if (BigInt(point.time) < fake.retentionFrom) {
      dropped++;
      why = 'points beyond retention policy';
    } else if (conflict !== null) {
      dropped++;
      why = conflict;
    } else {
      const key = `${point.series} ${point.time}`;
      const before = bucket.get(key);
      const fields = { ...before?.fields, ...point.fields };
      bucket.set(key, { ...point, fields });
    }
  }
  if (errors.length > 0) return [400, `partial write has occurred: ${errors.join('; ')}`];
  if (dropped === 0) return [204, ''];
  return [
    422,
    `failure writing points to database: partial write: ${why} dropped=${String(dropped)}`,
  ];
}

/** The type of a field is that of its first value in the measurement. */
function conflictOf(bucket: Map<string, StoredPoint>, point: StoredPoint): string | null {
  const types = typesOf(bucket);
  for (const [field, value] of Object.entries(point.fields)) {
    const key = `${point.measurement} ${field}`;
    const known = types.get(key);
    const type = typeOf(value);
    if (known === undefined) types.set(key, type);
    else if (known !== type) {
      return `field type conflict: input field "${field}" on measurement "${point.measurement}" is type ${type}, already exists as type ${known}`;
    }
  }
  return null;
}

const FIELD_TYPES = new WeakMap<Map<string, StoredPoint>, Map<string, string>>();

function typesOf(bucket: Map<string, StoredPoint>): Map<string, string> {
  const known = FIELD_TYPES.get(bucket) ?? new Map<string, string>();
  FIELD_TYPES.set(bucket, known);
  return known;
}

function typeOf(value: string): string {
  if (value.startsWith('"')) return 'string';
  if (/i$/.test(value)) return 'integer';
  return /^[tfTF]/.test(value) ? 'boolean' : 'float';
}

/** Points as one text each, sorted, and their checksum. */
export function contentOf(points: Iterable<StoredPoint>): {
  readonly count: number;
  readonly texts: readonly string[];
  readonly checksum: string;
} {
  const texts = [...points]
    .map(({ series, fields, time }) => {
      const sorted = Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1));
      return `${series} ${JSON.stringify(sorted)} ${time}`;
    })
    .sort();
  const checksum = createHash('sha256').update(texts.join('\n')).digest('hex');
  return { count: texts.length, texts, checksum };
}
