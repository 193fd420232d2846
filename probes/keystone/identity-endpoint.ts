import type { z } from 'zod';
import { CodedError } from '../../src/errors/coded-error.ts';
import { type Account, keystoneUrl } from '../shared/identity/account.ts';
import { catalogFields } from '../shared/identity/auth-config.ts';
import { locateService } from '../shared/identity/locate-service.ts';

/** Which Keystone is hammered, as it stands in a scenario. */
export const identityEndpoint = {
  interface: catalogFields.interface.describe(
    'Hammer the identity endpoint of this interface in the catalog, not the URL that the login is for. Neither clouds.yaml nor OS_INTERFACE is asked.',
  ),
  region: catalogFields.region.describe(
    'Hammer the identity endpoint of this region in the catalog, not the URL that the login is for. Neither clouds.yaml nor OS_REGION_NAME is asked.',
  ),
};

type Choice = {
  readonly interface?: z.output<typeof catalogFields.interface>;
  readonly region?: string | undefined;
};

/**
 * The account with the URL that is to be hammered: where the scenario names an interface or a region, that of the catalog. Throws `probe-config`
 * where the catalog has none.
 */
export async function hammered(
  { interface: wanted, region }: Choice,
  asked: Parameters<typeof locateService>[1],
): Promise<Account> {
  if (wanted === undefined && region === undefined) return asked.account;
  const account = { ...asked.account, catalog: { region: null, interface: null } };
  const found = await locateService(
    { type: 'identity', interface: wanted, region },
    { ...asked, account },
  );
  const url = keystoneUrl(found.href);
  if (typeof url !== 'string') return { ...asked.account, url };
  throw new CodedError(
    'probe-config',
    `the service catalog (${asked.account.source}): its identity endpoint cannot be used: ${url}`,
    'correct the catalog, or leave out `interface` and `region`',
  );
}
