import { z } from 'zod';
import { duration, rate, secret } from '../../src/contracts/scalars.ts';
import { NS_PER_S } from '../../src/model/time.ts';

/** `validate-old` uses the token of the login before the run; it is never renewed. */
export const OPERATIONS = ['issue', 'validate', 'validate-old'] as const;
export type Operation = (typeof OPERATIONS)[number];

const name = (what: string) => z.string().min(1).optional().describe(what);

/** The names are those of clouds.yaml's `auth` section, in this file's spelling. */
export const explicitAuth = z
  .strictObject({
    url: z
      .string()
      .min(1)
      .describe('Identity endpoint: https://keystone.example:5000, with or without /v3.'),
    username: name('User by name; needs its domain.'),
    userId: name('User by id.'),
    password: secret().optional().describe('Password of the user.'),
    userDomainName: name('Domain of the user, by name. Without it the domain with the id default.'),
    userDomainId: name('Domain of the user, by id.'),
    applicationCredentialId: name('Application credential by id.'),
    applicationCredentialName: name('Application credential by name; needs its user.'),
    applicationCredentialSecret: secret()
      .optional()
      .describe('Secret of the application credential.'),
    projectName: name('Project scope, by name.'),
    projectId: name('Project scope, by id.'),
    projectDomainName: name(
      'Domain of the project, by name. Without it the domain with the id default.',
    ),
    projectDomainId: name('Domain of the project, by id.'),
    domainName: name('Domain scope, by name.'),
    domainId: name('Domain scope, by id.'),
    systemScope: z.literal('all').optional().describe('System scope: all.'),
  })
  .describe(
    'Credentials written out. Without it and without `cloud`, OS_CLOUD or the OS_* variables are used.',
  );

export const keystoneConfig = z
  .strictObject({
    cloud: name('Name of a cloud in clouds.yaml (secure.yaml is merged in).'),
    auth: explicitAuth.optional(),
    rate: rate()
      .prefault('10/s')
      .describe(
        'Requests per second, all operations together, shared evenly; never slowed by slow answers.',
      ),
    timeout: duration({ positive: true })
      .prefault('5s')
      .describe('Deadline of each request, from connecting to the last byte of the answer.'),
    operations: z
      .array(z.enum(OPERATIONS))
      .min(1)
      .refine((list) => new Set(list).size === list.length, { error: 'each operation once' })
      .default([...OPERATIONS])
      .describe(
        'issue: log in. validate: of the token issued last. validate-old: of the token issued before the run, never renewed; leave it out when the run outlives a token.',
      ),
    connection: z
      .enum(['new', 'reused'])
      .default('new')
      .describe(
        'new: every request on a connection of its own, so that each one meets the load balancer. reused: kept alive, as services do.',
      ),
    ca: name(
      'PEM file of the certificate authority. Default: OS_CACERT, cacert of clouds.yaml, or the system.',
    ),
    insecure: z.boolean().optional().describe('Accept any certificate.'),
  })
  .refine((config) => config.cloud === undefined || config.auth === undefined, {
    error: 'give `cloud` or `auth`, not both',
    path: ['auth'],
  });

export type KeystoneConfig = z.output<typeof keystoneConfig>;

/** Time between two attempts of one operation, ns. */
export function operationInterval(config: Pick<KeystoneConfig, 'rate' | 'operations'>): number {
  return Math.round((NS_PER_S * config.operations.length) / config.rate);
}
