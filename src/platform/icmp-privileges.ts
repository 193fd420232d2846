import { readFile } from 'node:fs/promises';

/** What Linux says about this process and ICMP; null where it does not say. */
export type IcmpPrivileges = {
  /** Whether CAP_NET_RAW is effective. */
  readonly netRaw: boolean | null;
  /** The sysctl net.ipv4.ping_group_range: `1 0` is nobody. */
  readonly pingGroupRange: string | null;
};

const CAP_NET_RAW = 13n;

export async function readIcmpPrivileges(): Promise<IcmpPrivileges> {
  const [status, range] = await Promise.all([
    readFile('/proc/self/status', 'utf8').catch(() => ''),
    readFile('/proc/sys/net/ipv4/ping_group_range', 'utf8').catch(() => null),
  ]);
  return {
    netRaw: hasCapability(status, CAP_NET_RAW),
    pingGroupRange: range === null ? null : range.trim().split(/\s+/).join(' '),
  };
}

/** The text of /proc/PID/status → whether the capability with this number is effective; null when it does not say. */
export function hasCapability(status: string, capability: bigint): boolean | null {
  const mask = /^CapEff:\s*([0-9a-f]{1,16})$/m.exec(status)?.[1];
  return mask === undefined ? null : ((BigInt(`0x${mask}`) >> capability) & 1n) === 1n;
}
