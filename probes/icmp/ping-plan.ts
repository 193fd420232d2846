import { type DurationNs, NS_PER_S } from '../../src/model/time.ts';
import { expandHosts } from './hosts.ts';

/** One target of the probe: what is pinged, how often, and how it is called. */
export type PlannedPing = {
  readonly name: string;
  readonly host: string;
  readonly intervalNs: DurationNs;
  /** One byte more than `mtu`: it must be refused. */
  readonly tooLarge: boolean;
};

/** A packet that is too large is sent so often at most: routers limit how often they refuse. */
const TOO_LARGE_EVERY_NS = NS_PER_S;

/** The targets in the order in which the engine numbers them. */
export function planPings({
  hosts,
  every,
  mtu,
}: {
  readonly hosts: readonly string[];
  readonly every: DurationNs;
  readonly mtu?: number | undefined;
}): readonly PlannedPing[] {
  const names = expandHosts(hosts);
  const pings = names.map((host) => ({ name: host, host, intervalNs: every, tooLarge: false }));
  if (mtu === undefined) return pings;
  return [
    ...pings,
    ...names.map((host) => ({
      name: `${host} refuses ${String(mtu + 1)} bytes`,
      host,
      intervalNs: Math.max(every, TOO_LARGE_EVERY_NS),
      tooLarge: true,
    })),
  ];
}
