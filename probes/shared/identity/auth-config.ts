import { z } from 'zod';
import { secret } from '../../../src/contracts/scalars.ts';
import { INTERFACES } from './catalog.ts';

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

/** Who logs in, where and how it is trusted, as it stands in a scenario. */
export const authFields = {
  cloud: name('Name of a cloud in clouds.yaml (secure.yaml is merged in).'),
  auth: explicitAuth.optional(),
  ca: name(
    'PEM file of the certificate authority. Default: OS_CACERT, cacert of clouds.yaml, or the system.',
  ),
  cert: name('PEM file of a client certificate. Default: OS_CERT, or cert of clouds.yaml.'),
  key: name('PEM file of its key. Default: OS_KEY, or key of clouds.yaml.'),
  insecure: z.boolean().optional().describe('Accept any certificate.'),
};

/** Which endpoint of the catalog, as it stands in a scenario. */
export const catalogFields = {
  interface: z
    .enum(INTERFACES)
    .optional()
    .describe(
      'Which endpoint of the catalog. Default: OS_INTERFACE, interface of clouds.yaml, or public.',
    ),
  region: name('Region of the endpoint. Default: OS_REGION_NAME or region_name of clouds.yaml.'),
};

export type AuthSource = {
  readonly cloud?: string | undefined;
  readonly auth?: z.output<typeof explicitAuth> | undefined;
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly insecure?: boolean | undefined;
};

/** For `.refine`: a cloud and credentials written out are two answers to one question. */
export const oneSource = [
  ({ cloud, auth }: AuthSource) => cloud === undefined || auth === undefined,
  { error: 'give `cloud` or `auth`, not both', path: ['auth'] },
] satisfies Parameters<z.ZodType<AuthSource>['refine']>;
