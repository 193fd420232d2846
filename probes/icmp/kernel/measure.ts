import type { OpenProbe } from '../../../src/contracts/probe.ts';
import { CodedError } from '../../../src/errors/coded-error.ts';
import { type Libc, loadLibc } from '../../../src/platform/libc.ts';
import type { Family } from '../address.ts';
import { type IcmpConfig, pingsPerSecond } from '../config.ts';
import { newFirstAttempt, newIdentity } from '../identity.ts';
import { watchNames } from '../name-watch.ts';
import { planPings } from '../ping-plan.ts';
import { type ResolvedHost, resolveHosts } from '../resolve-hosts.ts';
import { type IcmpSocket, scopeOf } from './icmp-socket.ts';
import { createKernelClock } from './kernel-clock.ts';
import { createKernelPinger } from './kernel-pinger.ts';
import type { KernelTarget } from './kernel-pinger-options.ts';
import { paceOf, startLoop } from './loop.ts';
import { inNetworkNamespace } from './network-namespace.ts';
import { openSocket } from './open-socket.ts';
import { privilegesIn } from './privileges.ts';

/** Opens the sockets and resolves names, once. Throws CodedError. */
export const open: OpenProbe<IcmpConfig> = async (config, context) => {
  const libc = await loadLibc();
  const plan = planPings(config);
  const resolved: ResolvedHost[] = [];
  const { source } = config;
  for (const host of await resolveHosts(
    plan.map(({ host }) => host),
    { source },
  )) {
    if (host instanceof CodedError) throw host;
    resolved.push(host);
  }
  const scopes = scopesOf(libc, resolved, config);
  const targets = resolved.map(({ address }, i): KernelTarget => {
    const { name = '', tooLarge = false } = plan[i] ?? {};
    const size = config.mtu === undefined ? config.size : payloadOf(config.mtu, address.family);
    const scope = scopes[i] ?? 0;
    return { name, address, scope, size: tooLarge ? size + 1 : size, tooLarge };
  });

  const identity = newIdentity();
  const privileges = await privilegesIn(libc, config.from?.netns ?? null);
  const sockets = new Map<Family, IcmpSocket>();
  const close = () => {
    for (const socket of sockets.values()) socket.close();
    sockets.clear();
  };
  try {
    for (const family of new Set(targets.map(({ address }) => address.family))) {
      sockets.set(family, openSocket(libc, family, config, identity.id, privileges));
    }
  } catch (error) {
    close();
    throw error;
  }
  const stopWatching = watchNames(resolved, context);
  const clock = createKernelClock(libc, context.now);
  // The kernel ends a sleep up to 50 µs late otherwise, to save wakes.
  libc.setTimerSlack(1);
  return {
    type: 'paced',
    engine: `kernel, ${[...new Set([...sockets.values()].map(({ type }) => type))].join(' and ')} socket`,
    start: (schedule, put) => {
      const { emit } = context;
      const { timeout: timeoutNs } = config;
      const perSecond = pingsPerSecond(config);
      const firstAttempt = newFirstAttempt();
      const options = {
        libc,
        clock,
        sockets,
        identity,
        firstAttempt,
        targets,
        timeoutNs,
        perSecond,
        emit,
      };
      const pinger = createKernelPinger(options, schedule, put);
      return startLoop(pinger, schedule, clock, paceOf(config.every));
    },
    close: () => {
      stopWatching();
      close();
      return Promise.resolve();
    },
  };
};

/** The interfaces of link-local addresses, which have numbers of their own in each namespace. */
function scopesOf(
  libc: Libc,
  hosts: readonly ResolvedHost[],
  { from }: IcmpConfig,
): readonly number[] {
  return inNetworkNamespace(libc, from?.netns ?? null, () =>
    hosts.map(({ host, address }) => {
      const scope = scopeOf(libc, address);
      if (scope > 0 || !address.destination.includes('%')) return scope;
      throw new CodedError(
        'probe-config',
        `${host} cannot be pinged: there is no such network interface`,
        '`ip link` shows those there are, `ip -n NAME link` those of a namespace',
      );
    }),
  );
}

/** The payload of a ping whose IP packet has `mtu` bytes. */
function payloadOf(mtu: number, family: Family): number {
  return mtu - (family === 4 ? 20 : 40) - 8;
}
