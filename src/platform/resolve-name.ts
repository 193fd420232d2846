import { lookup } from 'node:dns/promises';

/** The first address the system's resolver has for a name, in its own order. Rejects with the resolver's error. */
export async function resolveName(name: string): Promise<string> {
  const { address } = await lookup(name, { order: 'verbatim' });
  return address;
}
