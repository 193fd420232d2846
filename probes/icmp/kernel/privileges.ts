import { readText } from '../../../src/platform/files.ts';
import { type IcmpPrivileges, readIcmpPrivileges } from '../../../src/platform/icmp-privileges.ts';
import type { Libc } from '../../../src/platform/libc.ts';
import { inNetworkNamespace } from './network-namespace.ts';

const PING_GROUP_RANGE = '/proc/sys/net/ipv4/ping_group_range';

/** What this process may do in a network namespace, each of which has a sysctl of its own; null: in ours. Throws CodedError. */
export async function privilegesIn(libc: Libc, netns: string | null): Promise<IcmpPrivileges> {
  const own = await readIcmpPrivileges();
  if (netns === null) return own;
  // Opened by this thread, which is in there; what is open stays that namespace's, whoever reads it.
  const file = inNetworkNamespace(libc, netns, () => libc.open(PING_GROUP_RANGE));
  if (file < 0) return { ...own, pingGroupRange: null };
  const range = await readText(`/proc/self/fd/${String(file)}`)
    .catch(() => null)
    .finally(() => libc.close(file));
  return { ...own, pingGroupRange: range?.trim().split(/\s+/).join(' ') ?? null };
}
