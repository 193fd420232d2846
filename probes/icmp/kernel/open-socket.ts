import { CodedError } from '../../../src/errors/coded-error.ts';
import type { IcmpPrivileges } from '../../../src/platform/icmp-privileges.ts';
import type { Libc } from '../../../src/platform/libc.ts';
import { type Family, parseAddress } from '../address.ts';
import type { IcmpConfig } from '../config.ts';
import { type IcmpSocket, openIcmpSocket, type SocketType } from './icmp-socket.ts';
import * as linux from './linux.ts';
import { inNetworkNamespace } from './network-namespace.ts';

/** One after the other is tried: a raw socket where CAP_NET_RAW is held, else a datagram socket. */
const TYPES: readonly SocketType[] = ['raw', 'datagram'];

/** Opens a socket for this family, in the network namespace of the configuration. Throws CodedError with how to get it permitted. */
export function openSocket(
  libc: Libc,
  family: Family,
  config: IcmpConfig,
  id: number,
  privileges: IcmpPrivileges,
): IcmpSocket {
  const { tos, ttl, mtu, from } = config;
  const df = config.df ?? mtu !== undefined;
  const source = config.source === undefined ? null : parseAddress(config.source);
  return inNetworkNamespace(libc, from?.netns ?? null, () => {
    let errno = 0;
    for (const type of TYPES) {
      const opened = openIcmpSocket(libc, family, type, { id, df, tos, ttl, source });
      if (!('errno' in opened)) return opened;
      errno = opened.errno;
      if (opened.call !== 'socket') {
        throw new CodedError(
          'probe-config',
          `an ICMP socket was refused ${opened.call}: ${libc.describe(errno)}`,
          source === null ? null : `is ${source.text} an address of this machine${place(config)}?`,
        );
      }
      if (errno !== linux.EPERM && errno !== linux.EACCES) break;
    }
    throw refused(libc, family, errno, config, privileges);
  });
}

function refused(
  libc: Libc,
  family: Family,
  errno: number,
  config: IcmpConfig,
  { netRaw, pingGroupRange }: IcmpPrivileges,
): CodedError {
  const version = `IPv${String(family)}`;
  const why = libc.describe(errno);
  if (errno !== linux.EPERM && errno !== linux.EACCES) {
    return new CodedError(
      'probe-config',
      `no ${version} ICMP socket can be opened: ${why}`,
      errno === linux.EAFNOSUPPORT
        ? `this machine has no ${version}: leave its hosts out or enable it`
        : null,
    );
  }
  const capability =
    netRaw === true
      ? 'it has the capability CAP_NET_RAW, but not over this network namespace, or a security policy refuses it'
      : 'it lacks the capability CAP_NET_RAW';
  const there = config.from === undefined ? '' : `ip netns exec ${config.from.netns} `;
  return new CodedError(
    'icmp-not-permitted',
    `this process may open neither a raw nor a datagram ${version} ICMP socket${place(config)} (${why}): ${capability}, and its groups are outside net.ipv4.ping_group_range (now: ${pingGroupRange ?? 'unknown'})`,
    `permit datagram ICMP with \`sudo ${there}sysctl -w net.ipv4.ping_group_range="0 2147483647"\`, or run as root, or grant the capability once ` +
      'with `sudo setcap cap_net_raw+ep "$(readlink -f "$(command -v node)")"`; in Kubernetes add NET_RAW to securityContext.capabilities.add',
  );
}

function place({ from }: IcmpConfig): string {
  return from === undefined ? '' : ` in the network namespace ${from.netns}`;
}
