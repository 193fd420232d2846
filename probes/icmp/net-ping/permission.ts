import { CodedError, messageOf } from '../../../src/errors/coded-error.ts';
import { type IcmpPrivileges, readIcmpPrivileges } from '../../../src/platform/icmp-privileges.ts';
import type { Family } from '../address.ts';
import { newIdentity, TAG_BYTES } from '../identity.ts';
import { loadNetPing } from './load-net-ping.ts';
import { openIcmpSocket } from './raw-socket.ts';

/**
 * Tries what the probe will do: opens a raw ICMP socket of this family and closes it. Null when that works. In the main
 * thread only (see load-net-ping.ts).
 */
export async function checkNetPing(family: Family): Promise<CodedError | null> {
  try {
    const events = { message: () => undefined, broken: () => undefined };
    const options = { identity: newIdentity(), size: TAG_BYTES, now: () => 0 };
    openIcmpSocket(await loadNetPing(), family, options, events).close();
    return null;
  } catch (error) {
    return error instanceof CodedError
      ? error
      : socketError(family, messageOf(error), await readIcmpPrivileges());
  }
}

/** The system's words for a raw socket that could not be opened → an error a person can act on. */
export function socketError(
  family: Family,
  why: string,
  { netRaw, pingGroupRange }: IcmpPrivileges,
): CodedError {
  const version = `IPv${String(family)}`;
  if (!/not permitted|permission denied/i.test(why)) {
    return new CodedError(
      'probe-config',
      `a raw ${version} ICMP socket cannot be opened: ${why}`,
      /address family/i.test(why)
        ? `this machine has no ${version}: leave its hosts out or enable it`
        : null,
    );
  }
  const cause =
    netRaw === true
      ? 'it has the capability CAP_NET_RAW, but not over this network namespace, or a security policy refuses it'
      : 'it lacks the capability CAP_NET_RAW';
  return new CodedError(
    'icmp-not-permitted',
    `this process may not open a raw ${version} ICMP socket (${why}): ${cause}`,
    'run as root, or grant it once with `sudo setcap cap_net_raw+ep "$(readlink -f "$(command -v node)")"`; in Kubernetes add NET_RAW to ' +
      `securityContext.capabilities.add. The sysctl net.ipv4.ping_group_range (now: ${pingGroupRange ?? 'unknown'}) ` +
      'permits datagram ICMP only and does not help this engine',
  );
}
