import { lookup } from 'node:dns/promises';

/** The first address the system's resolver has for a name, in its own order. Rejects with the resolver's error. */
export async function resolveName(name: string): Promise<string> {
  const { address } = await lookup(name, { order: 'verbatim' });
  return address;
}

/** All addresses the system's resolver has for a name, in its own order, which may be another each time. Rejects with the resolver's error. */
export async function resolveAll(name: string): Promise<readonly string[]> {
  const found = await lookup(name, { all: true, order: 'verbatim' });
  return found.map(({ address }) => address);
}
