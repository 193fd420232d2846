import type { OpenProbe } from '../../src/contracts/probe.ts';
import { CodedError, messageOf } from '../../src/errors/coded-error.ts';
import { readIcmpPrivileges } from '../../src/platform/icmp-privileges.ts';
import type { Family } from './address.ts';
import type { IcmpConfig } from './config.ts';
import { newIdentity } from './identity.ts';
import { loadNetPing } from './load-net-ping.ts';
import { socketError } from './permission.ts';
import { createPinger, type Pinger, type PingTarget } from './pinger.ts';
import { openIcmpSocket } from './raw-socket.ts';
import { resolveHosts } from './resolve-hosts.ts';

/** Opens the sockets and resolves names, once. Throws CodedError. */
export const open: OpenProbe<IcmpConfig> = async ({ hosts, size }, context) => {
  const netPing = await loadNetPing();
  const targets: PingTarget[] = [];
  for (const [i, resolved] of (await resolveHosts(hosts)).entries()) {
    if (resolved instanceof CodedError) throw resolved;
    const { host, address } = resolved;
    targets.push({ name: host, address, timeoutNs: context.targets[i]?.timeoutNs ?? 0 });
    if (address.destination === host) continue;
    context.emit({
      kind: 'probe',
      at: context.now(),
      end: null,
      target: host,
      subject: null,
      what: 'resolved',
      serverTime: null,
      detail: { address: address.destination },
    });
  }

  const identity = newIdentity();
  let opening: Family = 4;
  let pinger: Pinger;
  try {
    pinger = createPinger({
      now: context.now,
      emit: context.emit,
      targets,
      identity,
      size,
      openSocket: (family, events) => {
        opening = family;
        return openIcmpSocket(netPing, family, { identity, size, now: context.now }, events);
      },
    });
  } catch (error) {
    throw socketError(opening, messageOf(error), await readIcmpPrivileges());
  }
  return {
    type: 'attempts',
    engine: 'net-ping, raw socket',
    attempt: pinger.attempt,
    close: () => {
      pinger.close();
      return Promise.resolve();
    },
  };
};
