import { z } from 'zod';
import { duration } from '../../../src/contracts/scalars.ts';
import { NS_PER_MS, NS_PER_S } from '../../../src/model/time.ts';
import { keystoneUrl } from '../../shared/identity/account.ts';

const url = z.string().refine((text) => typeof keystoneUrl(text) !== 'string', {
  error: 'expected the URL of one replica such as http://10.0.0.1:5000',
});

const listed = z
  .array(
    z.union([
      url.describe('URL of one replica, with or without /v3; it is called by its host and port.'),
      z
        .strictObject({
          name: z.string().min(1).describe('What the report calls it.'),
          url: url.describe('Its URL, with or without /v3.'),
        })
        .describe('A replica by a name of its own.'),
    ]),
  )
  .min(1)
  .max(16)
  .refine((list) => new Set(list.map((one) => replicaName(one))).size === list.length, {
    error: 'each replica once',
  });

const behindService = z.strictObject({
  service: z
    .string()
    .min(1)
    .describe('The pods behind this Kubernetes Service, as they come and go.'),
  namespace: z
    .string()
    .min(1)
    .optional()
    .describe("Its namespace. Default: that of the kubeconfig's context."),
  port: z
    .union([z.int().min(1).max(65_535), z.string().min(1)])
    .optional()
    .describe("Port of the pods, by number or by the Service's name for it. Default: its first."),
  scheme: z
    .enum(['http', 'https'])
    .default('http')
    .describe('How the pods are spoken to. https takes the certificate of the public name.'),
});

/** Where the replicas behind the public URL are. */
export const endpoints = z
  .union([listed, behindService])
  .optional()
  .describe(
    'The replicas behind the public URL, each asked directly as well: the report tells which one failed, and whether a token that one of them issued is valid at ' +
      'the others. They explain and are not judged: a replica that is being replaced is down by nature. A list of URLs, or the pods behind a Service.',
  );

export const endpointsEvery = duration({ positive: true })
  .prefault('1s')
  .refine((ns) => ns >= 100 * NS_PER_MS && ns <= 3600 * NS_PER_S, { error: 'from 100ms to 1h' })
  .describe('How often each replica is asked: for one token, and to validate up to two.');

export type ListedEndpoint = string | { readonly name: string; readonly url: string };
export type ServiceEndpoints = z.output<typeof behindService>;

/** `http://10.0.0.1:5000/v3` → `10.0.0.1:5000`. */
export function replicaName(one: ListedEndpoint): string {
  return typeof one === 'string' ? new URL(one).host : one.name;
}
