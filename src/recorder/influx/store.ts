import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import ipaddr from 'ipaddr.js';
import { Agent, request } from 'undici';
import { CodedError, messageOf } from '../../errors/coded-error.ts';
import type { InfluxSettings } from '../../model/scenario.ts';
import { wallMs } from '../../platform/clock.ts';
import { redactor } from '../../platform/log.ts';
import { retryAfterMs } from './backoff.ts';

/** What is the same store: the key of the cursor. */
export type StoreAddress = {
  readonly url: string;
  readonly org: string;
  readonly bucket: string;
};

/** What became of one write request. `message` is for people, with the store's own words and without secrets. */
export type WriteAnswer = { readonly message: string } & (
  | { readonly kind: 'accepted' }
  /** Some lines were refused (400, 422); how many, where the store says so. The others may or may not have been stored. */
  | { readonly kind: 'refused'; readonly dropped: number | null }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'unauthorized' }
  /** There is no such bucket or organisation. */
  | { readonly kind: 'not-found' }
  | { readonly kind: 'busy'; readonly retryAfterMs: number | null }
  | { readonly kind: 'unreachable' }
);

export type InfluxStore = StoreAddress & {
  /** Writes lines. Never rejects; when the signal is aborted it resolves soon as `unreachable`, and nobody knows what was stored. */
  readonly write: (lines: Uint8Array, signal?: AbortSignal) => Promise<WriteAnswer>;
  /** Whether we may write there, by a request without a point: `accepted` when we may. */
  readonly tryOut: (signal?: AbortSignal) => Promise<WriteAnswer>;
  readonly close: () => Promise<void>;
};

/** A store may take its time (5 s is a slow answer, not a failed one), and may hang. */
const ANSWER_MS = 30_000;
const CONNECT_MS = 5000;
const compressed = promisify(gzip);
/** Lines repeat themselves: the fastest level already makes a tenth of them. */
const GZIP = { level: 1 };

/**
 * The store of a scenario: what is not set there comes from INFLUX_URL, INFLUX_ORG, INFLUX_BUCKET and INFLUX_TOKEN. Throws `store-config` naming all that
 * is missing. Opens nothing yet.
 */
export function influxStore(
  settings: Pick<InfluxSettings, 'url' | 'org' | 'bucket' | 'token'>,
  env: Readonly<Record<string, string | undefined>>,
): InfluxStore {
  const missing: string[] = [];
  const setting = (key: 'url' | 'org' | 'bucket' | 'token') => {
    const name = `INFLUX_${key.toUpperCase()}`;
    const value = settings[key] ?? env[name] ?? '';
    if (value === '') missing.push(`${key} (${name})`);
    return value;
  };
  const [url, org, bucket, token] = [
    setting('url').replace(/\/+$/, ''),
    setting('org'),
    setting('bucket'),
    setting('token'),
  ];
  if (missing.length > 0) {
    throw new CodedError(
      'store-config',
      `the InfluxDB store has no ${missing.join(', ')}`,
      'set it under store.influx in the scenario, or as the variable named; a store that asks for no token takes any',
    );
  }
  const target = writeUrl(url, org, bucket);
  const redact = redactor([token]);
  const agent = new Agent({ connect: { timeout: CONNECT_MS }, connections: 1, pipelining: 1 });
  // On this machine compressing only takes the time that it would save on a network.
  const local = isLoopback(target.hostname);
  const where = `InfluxDB at ${url}, bucket ${bucket}`;

  const write = async (lines: Uint8Array, signal?: AbortSignal): Promise<WriteAnswer> => {
    try {
      const limit = AbortSignal.timeout(ANSWER_MS);
      const answer = await request(target, {
        method: 'POST',
        dispatcher: agent,
        headers: {
          authorization: `Token ${token}`,
          'content-type': 'text/plain; charset=utf-8',
          'content-encoding': local ? 'identity' : 'gzip',
          accept: 'application/json',
        },
        body: local ? lines : await compressed(lines, GZIP),
        signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
      });
      const text = await answer.body.text();
      const { 'retry-after': after } = answer.headers;
      const header = typeof after === 'string' ? after : null;
      return readAnswer(answer.statusCode, redact(saidBy(text)), header, where);
    } catch (error) {
      return {
        kind: 'unreachable',
        message: `${where} cannot be reached: ${redact(causeOf(error))}`,
      };
    }
  };
  return {
    url,
    org,
    bucket,
    write,
    tryOut: async (signal) => {
      const answer = await write(new Uint8Array(), signal);
      // InfluxDB checks token, organisation and bucket before it minds that there is nothing to write.
      return answer.kind === 'refused' ? { kind: 'accepted', message: '' } : answer;
    },
    close: async () => {
      await agent.close();
    },
  };
}

/** `127.0.0.1`, `[::1]`, `localhost`. */
function isLoopback(hostname: string): boolean {
  const address = hostname.replace(/^\[|\]$/g, '');
  return (
    hostname === 'localhost' ||
    (ipaddr.isValid(address) && ipaddr.parse(address).range() === 'loopback')
  );
}

function writeUrl(url: string, org: string, bucket: string): URL {
  if (!URL.canParse(url)) {
    throw new CodedError(
      'store-config',
      'the url of the InfluxDB store is not a URL',
      'write it like http://influxdb.example:8086',
    );
  }
  const parsed = new URL(url);
  if (!/^https?:$/.test(parsed.protocol) || parsed.username !== '' || parsed.password !== '') {
    throw new CodedError(
      'store-config',
      'the url of the InfluxDB store must be http or https, without a user in it',
      'write it like http://influxdb.example:8086; the token goes into INFLUX_TOKEN',
    );
  }
  const target = new URL(`${url}/api/v2/write`);
  for (const [key, value] of Object.entries({ org, bucket, precision: 'ns' })) {
    target.searchParams.set(key, value);
  }
  return target;
}

/** A status and what the store said → what it means for us, with what to do. Statuses as https://docs.influxdata.com/influxdb/v2/api/v2/ gives them. */
export function readAnswer(
  status: number,
  said: string,
  retryAfter: string | null,
  where: string,
): WriteAnswer {
  const words = said === '' ? '' : `: ${said}`;
  const answered = `${where} answered ${String(status)}${words}`;
  if (status >= 200 && status < 300) return { kind: 'accepted', message: '' };
  if (status === 400 || status === 422) {
    const dropped = /\bdropped=(\d+)/.exec(said)?.[1];
    return {
      kind: 'refused',
      message: said === '' ? `status ${String(status)}` : said,
      dropped: dropped === undefined ? null : Number(dropped),
    };
  }
  if (status === 401 || status === 403) {
    const mend = 'check that INFLUX_TOKEN is valid and may write to this bucket';
    return { kind: 'unauthorized', message: `${answered} (${mend})` };
  }
  if (status === 404) {
    const mend = 'check url, org and bucket; make the bucket if it is not there';
    return { kind: 'not-found', message: `${answered} (${mend})` };
  }
  if (status === 413) return { kind: 'too-large', message: answered };
  return { kind: 'busy', message: answered, retryAfterMs: retryAfterMs(retryAfter, wallMs()) };
}

const SAID_LENGTH = 300;

/** The `message` of an answer in JSON, else its text, on one line. */
function saidBy(text: string): string {
  let said = text;
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === 'object' && body !== null && 'message' in body) said = String(body.message);
  } catch {
    // A proxy's page, or nothing at all.
  }
  const line = said.replace(/[\p{Cc}\s]+/gu, ' ').trim();
  return line.length > SAID_LENGTH ? `${line.slice(0, SAID_LENGTH)}…` : line;
}

/** The innermost cause: `connect ECONNREFUSED 127.0.0.1:8086`, not `fetch failed`. */
function causeOf(error: unknown): string {
  let inner = error;
  while (inner instanceof Error && inner.cause !== undefined) inner = inner.cause;
  const message = messageOf(inner);
  if (message !== '') return message;
  return inner instanceof Error && 'code' in inner ? String(inner.code) : 'no answer';
}
