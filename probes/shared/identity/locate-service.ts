import { CodedError } from '../../../src/errors/coded-error.ts';
import type { ExchangeOptions } from '../http/exchange.ts';
import type { Account } from './account.ts';
import type { Token } from './answer.ts';
import { endpointOf, type Interface } from './catalog.ts';
import type { KeystoneService } from './service.ts';

/** What a scenario says of where a service is; what it leaves open is the account's. */
export type ServiceChoice = {
  readonly type: string;
  readonly interface?: Interface | undefined;
  readonly region?: string | undefined;
};

/** Asks the catalog of the token where a service is. Throws `probe-config` when it does not say, with what it has instead. */
export async function locateService(
  choice: ServiceChoice,
  asked: {
    readonly account: Account;
    readonly service: KeystoneService;
    readonly over: ExchangeOptions;
    readonly token: Token;
  },
): Promise<URL> {
  const { account, service, over, token } = asked;
  const { value: catalog, result } = await service.catalog(over, token);
  const refuse = (what: string, hint: string) =>
    new CodedError('probe-config', `the service catalog (${account.source}): ${what}`, hint);
  if (catalog === null) {
    throw refuse(
      `it could not be read: ${result.detail ?? result.reason}`,
      'only a token with a project, domain or system scope has a catalog: check the scope',
    );
  }
  const { region, interface: own } = account.catalog;
  const found = endpointOf(catalog, {
    type: choice.type,
    interface: choice.interface ?? own ?? 'public',
    region: choice.region ?? region,
  });
  if (typeof found !== 'string') return found;
  throw refuse(
    `it has ${found}`,
    'set `service` (type), `interface` and `region` in the scenario, or region_name and interface in clouds.yaml, OS_REGION_NAME and OS_INTERFACE',
  );
}
