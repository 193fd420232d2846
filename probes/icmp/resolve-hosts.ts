import { CodedError, messageOf } from '../../src/errors/coded-error.ts';
import { resolveName } from '../../src/platform/resolve-name.ts';
import { type HostAddress, parseAddress, unpingable } from './address.ts';

export type ResolvedHost = { readonly host: string; readonly address: HostAddress };

/** Every host with its address, in order, or why one has none. A host that is there twice has one address, however many its name has. */
export async function resolveHosts(
  hosts: readonly string[],
  resolve: (name: string) => Promise<string> = resolveName,
): Promise<readonly (ResolvedHost | CodedError)[]> {
  const resolved = new Map<string, Promise<ResolvedHost | CodedError>>();
  for (const host of hosts) {
    if (!resolved.has(host)) resolved.set(host, resolveHost(host, resolve));
  }
  return Promise.all(hosts.map((host) => resolved.get(host) ?? resolveHost(host, resolve)));
}

async function resolveHost(
  host: string,
  resolve: (name: string) => Promise<string>,
): Promise<ResolvedHost | CodedError> {
  const literal = parseAddress(host);
  if (literal !== null) return { host, address: literal };
  const hint = 'correct the name under `hosts`, or write the address';
  try {
    const text = await resolve(host);
    const address = parseAddress(text);
    const why = address === null ? `${text} is no address` : unpingable(address);
    if (address !== null && why === null) return { host, address };
    return new CodedError('probe-config', `${host} cannot be pinged: ${why ?? ''}`, hint);
  } catch (error) {
    const message = `${host} cannot be resolved: ${messageOf(error)}`;
    return new CodedError('probe-config', message, hint, error);
  }
}
