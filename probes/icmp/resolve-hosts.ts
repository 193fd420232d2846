import { CodedError, messageOf } from '../../src/errors/coded-error.ts';
import { resolveName } from '../../src/platform/resolve-name.ts';
import { type HostAddress, parseAddress, unpingable } from './address.ts';

export type ResolvedHost = { readonly host: string; readonly address: HostAddress };

export type ResolveOptions = {
  /** The address that is pinged from, if it is said: only hosts of its family can be. */
  readonly source?: string | undefined;
  readonly resolve?: (name: string) => Promise<string>;
};

/** Every host with its address, in order, or why one has none. A host that is there twice has one address, however many its name has. */
export async function resolveHosts(
  hosts: readonly string[],
  options: ResolveOptions = {},
): Promise<readonly (ResolvedHost | CodedError)[]> {
  const resolved = new Map<string, Promise<ResolvedHost | CodedError>>();
  for (const host of hosts) {
    if (!resolved.has(host)) resolved.set(host, resolveHost(host, options));
  }
  return Promise.all(hosts.map((host) => resolved.get(host) ?? resolveHost(host, options)));
}

async function resolveHost(
  host: string,
  { source, resolve = resolveName }: ResolveOptions,
): Promise<ResolvedHost | CodedError> {
  const literal = parseAddress(host);
  if (literal !== null) return { host, address: literal };
  const hint = 'correct the name under `hosts`, or write the address';
  try {
    const text = await resolve(host);
    const address = parseAddress(text);
    const why = address === null ? `${text} is no address` : unpingable(address);
    if (address !== null && why === null) {
      return otherFamily(host, address, source) ?? { host, address };
    }
    return new CodedError('probe-config', `${host} cannot be pinged: ${why ?? ''}`, hint);
  } catch (error) {
    const message = `${host} cannot be resolved: ${messageOf(error)}`;
    return new CodedError('probe-config', message, hint, error);
  }
}

/** Null when `source` can ping it. */
function otherFamily(
  host: string,
  address: HostAddress,
  source: string | undefined,
): CodedError | null {
  const from = source === undefined ? null : parseAddress(source);
  if (from === null || from.family === address.family) return null;
  return new CodedError(
    'probe-config',
    `${host} cannot be pinged: it is ${address.text} (IPv${String(address.family)}), and \`source\` ${from.text} is of IPv${String(from.family)}`,
    'give an address of that family as `source`, or one of the other under `hosts`; hosts of two families need two probes',
  );
}
