import { z } from 'zod';
import { duration, rate, secret } from '../../src/contracts/scalars.ts';
import type { PlannedTarget } from '../../src/model/plan.ts';
import { type DurationNs, NS_PER_S } from '../../src/model/time.ts';
import {
  connectionClasses,
  STAYS_OPEN_PROBLEM,
  staysOpen,
} from '../shared/http/connection-config.ts';
import type { ConnectionClass } from '../shared/http/connections.ts';
import { authFields, catalogFields, oneSource } from '../shared/identity/auth-config.ts';

/** Of the connection or its framing: undici sends no request that sets one. */
const CONNECTION_HEADERS = [
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
];
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
const status = z.int().min(100).max(599);
const path = (what: string) => z.string().min(1).optional().describe(what);

/** Header names: RFC 9110, 5.6.2. Values: no control characters, so that none can smuggle another header in. */
const headers = z
  .record(
    z
      .string()
      .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, { error: 'not the name of a header' })
      .refine((name) => !CONNECTION_HEADERS.includes(name.toLowerCase()), {
        error: 'a header of the connection, which is not the request’s to set',
      }),
    z.string().regex(/^[\t\x20-\x7e\x80-\xff]*$/, { error: 'not the value of a header' }),
  )
  .default({})
  .describe(
    'Headers of the request. One named like a secret (Authorization, X-Auth-Token, …) is never written anywhere.',
  );

const service = z
  .strictObject({
    type: z
      .string()
      .min(1)
      .describe('Type of the service in the catalog: compute, image, network.'),
    path: z
      .string()
      .regex(/^[/?]/, { error: 'begins with / (or ?)' })
      .default('/')
      .describe('What is asked for there, after the URL that the catalog gives: /servers?limit=1'),
    ...catalogFields,
  })
  .optional()
  .describe('Where to ask is in the catalog of the `token`, in place of `url`.');

const expected = z
  .strictObject({
    status: z
      .union([status, z.array(status).min(1)])
      .optional()
      .describe('The status, or a list of them, that is right. Default: 200 to 299.'),
    contains: path('A text that the body must contain.'),
    json: z
      .record(z.string().min(1), z.union([z.string(), z.number(), z.boolean(), z.null()]))
      .optional()
      .describe(
        'What the JSON body must hold, by path: `{ "versions.0.status": CURRENT }`. A path is keys and list places, with dots between.',
      ),
  })
  .prefault({})
  .describe('What a right answer is.');

export const httpConfig = z
  .strictObject({
    url: z
      .url({ protocol: /^https?$/, error: 'expected a URL such as https://nova.example:8774/' })
      .refine((text) => new URL(text).username === '' && new URL(text).password === '', {
        error: 'a URL must not carry a user or password: use headers',
      })
      .optional()
      .describe('What is asked for: https://nova.example:8774/healthcheck. Or `service`.'),
    service,
    method: z.enum(METHODS).default('GET').describe('The method of the request.'),
    headers,
    body: secret()
      .optional()
      .describe('Body of the request; never written anywhere. Its type goes into `headers`.'),
    expect: expected,
    token: z
      .strictObject(authFields)
      .refine(...oneSource)
      .optional()
      .describe(
        'A Keystone token goes with every request, renewed before it expires: whose. `token: {}` takes OS_CLOUD or the OS_* variables.',
      ),
    rate: rate()
      .prefault('10/s')
      .describe('Requests per second, all connections together; never slowed by slow answers.'),
    timeout: duration({ positive: true })
      .prefault('5s')
      .describe('Deadline of each request, from connecting to the last byte of the answer.'),
    connections: connectionClasses(),
    ca: path('PEM file of the certificate authority. Default: the system.'),
    cert: path('PEM file of a client certificate.'),
    key: path('PEM file of its key.'),
    insecure: z
      .boolean()
      .optional()
      .describe('Accept any certificate. Without `ca` and `insecure`, those of the token count.'),
  })
  .refine(
    (config) => staysOpen(config.connections, targetsOf(config)[0]?.intervalNs ?? 0),
    STAYS_OPEN_PROBLEM,
  )
  .refine(({ url, service: named }) => (url === undefined) !== (named === undefined), {
    error: 'give `url` or `service`: one of them',
    path: ['url'],
  })
  .refine(({ service: named, token }) => named === undefined || token !== undefined, {
    error: 'a service of the catalog needs a `token`',
    path: ['service'],
  })
  .refine(
    ({ method, expect: { contains, json } }) =>
      method !== 'HEAD' || (contains === undefined && json === undefined),
    { error: 'the answer to HEAD has no body', path: ['expect'] },
  )
  .refine(({ cert, key }) => (cert === undefined) === (key === undefined), {
    error: 'a client certificate needs both `cert` and `key`',
    path: ['cert'],
  });

export type HttpConfig = z.output<typeof httpConfig>;

/** What the schedules are made of, as the schema gives it. */
type Scheduled = {
  readonly connections: readonly ConnectionClass[];
  readonly rate: number;
  readonly timeout: DurationNs;
};

/** A series for each class of connection; together they make the rate. */
export function targetsOf({ connections, rate: perSecond, timeout }: Scheduled): PlannedTarget[] {
  const intervalNs = Math.round((NS_PER_S * connections.length) / perSecond);
  return connections.map((name, index) => ({
    name,
    intervalNs,
    timeoutNs: timeout,
    offsetNs: Math.round((index * intervalNs) / connections.length),
  }));
}
