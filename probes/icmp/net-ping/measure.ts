import type { OpenProbe } from '../../../src/contracts/probe.ts';
import { CodedError, messageOf } from '../../../src/errors/coded-error.ts';
import { readIcmpPrivileges } from '../../../src/platform/icmp-privileges.ts';
import type { Family } from '../address.ts';
import { type IcmpConfig, tooMuchForNetPing } from '../config.ts';
import { expandHosts } from '../hosts.ts';
import { newFirstAttempt, newIdentity } from '../identity.ts';
import { watchNames } from '../name-watch.ts';
import { type ResolvedHost, resolveHosts } from '../resolve-hosts.ts';
import { loadNetPing } from './load-net-ping.ts';
import { socketError } from './permission.ts';
import { createPinger, type Pinger, type PingTarget } from './pinger.ts';
import { openIcmpSocket } from './raw-socket.ts';

/** Opens the sockets and resolves names, once. Throws CodedError. */
export const open: OpenProbe<IcmpConfig> = async (config, context) => {
  const { size } = config;
  const netPing = await loadNetPing();
  const problem = tooMuchForNetPing(config);
  if (problem !== null) {
    throw new CodedError(
      'probe-config',
      `the engine net-ping cannot do what this probe asks for: ${problem}`,
      'leave it out, or run where the engine kernel does (Linux, with koffi installed)',
    );
  }
  const hosts: ResolvedHost[] = [];
  for (const resolved of await resolveHosts(expandHosts(config.hosts))) {
    if (resolved instanceof CodedError) throw resolved;
    hosts.push(resolved);
  }
  const targets = hosts.map(({ host, address }, i): PingTarget => {
    return { name: host, address, timeoutNs: context.targets[i]?.timeoutNs ?? 0 };
  });

  const identity = newIdentity();
  let opening: Family = 4;
  let pinger: Pinger;
  try {
    pinger = createPinger({
      now: context.now,
      emit: context.emit,
      targets,
      identity,
      firstAttempt: newFirstAttempt(),
      size,
      openSocket: (family, events) => {
        opening = family;
        return openIcmpSocket(netPing, family, { identity, size, now: context.now }, events);
      },
    });
  } catch (error) {
    throw socketError(opening, messageOf(error), await readIcmpPrivileges());
  }
  const stopWatching = watchNames(hosts, context);
  return {
    type: 'attempts',
    engine: 'net-ping, raw socket',
    attempt: pinger.attempt,
    close: () => {
      stopWatching();
      pinger.close();
      return Promise.resolve();
    },
  };
};
