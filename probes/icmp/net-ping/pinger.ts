import type { AttemptResult, ProbeContext } from '../../../src/contracts/probe.ts';
import { messageOf } from '../../../src/errors/coded-error.ts';
import type { Json } from '../../../src/model/event.ts';
import { type DurationNs, NS_PER_MS, type RunNs } from '../../../src/model/time.ts';
import { after, pollTurn } from '../../../src/platform/timers.ts';
import type { Family, HostAddress } from '../address.ts';
import { describeIcmpError } from '../icmp-error.ts';
import type { Identity } from '../identity.ts';
import { createEchoTable, type Echo } from './echo-table.ts';
import { parseMessage } from './packet.ts';
import type { IcmpSocket, IcmpSocketEvents } from './raw-socket.ts';

export type PingTarget = {
  readonly name: string;
  readonly address: HostAddress;
  readonly timeoutNs: DurationNs;
};

export type Pinger = {
  readonly attempt: (target: number, seq: number) => Promise<AttemptResult>;
  readonly close: () => void;
};

export type PingerOptions = Pick<ProbeContext, 'now' | 'emit'> & {
  readonly targets: readonly PingTarget[];
  readonly identity: Identity;
  /** The number of the first request, 32 bits (`newFirstAttempt`). */
  readonly firstAttempt: number;
  readonly size: number;
  /** Throws an Error when it cannot be opened. */
  readonly openSocket: (family: Family, events: IcmpSocketEvents) => IcmpSocket;
};

/** A deadline that is seen later than this after it passed was the verifier's stall, not the grain of a timer. */
const PUNCTUAL_NS = 10 * NS_PER_MS;

/**
 * Sends echo requests and decides what became of each. One socket per address family, opened here; throws what `openSocket`
 * throws. A socket that breaks takes the requests in flight with it (`unsent`) and is opened again for the next one.
 */
export function createPinger(options: PingerOptions): Pinger {
  const { now, targets, identity } = options;
  const table = createEchoTable();
  const sockets = new Map<Family, IcmpSocket>();
  const pending = new Map<Echo, (result: AttemptResult) => void>();
  let attempts = options.firstAttempt;

  const settle = (echo: Echo, result: Omit<AttemptResult, 'sent'>): void => {
    const resolve = pending.get(echo);
    pending.delete(echo);
    resolve?.({
      sent: echo.sent,
      ...(echo.note === null ? {} : { detail: echo.note }),
      ...result,
    });
  };
  const event = (
    kind: 'reply' | 'probe',
    at: RunNs,
    target: string | null,
    what: string,
    detail: { readonly [key: string]: Json },
  ): void => {
    options.emit({ kind, at, end: null, target, subject: null, what, serverTime: null, detail });
  };

  const take = (family: Family, message: Buffer, source: string): void => {
    const at = now();
    const received = parseMessage(message, family, identity);
    if (received === null) return;
    const match = table.match(received, source, at);
    switch (match.kind) {
      case 'answered': {
        const { echo, length } = match;
        const latency = at - echo.sent;
        if (length !== 8 + options.size) {
          const detail = `answered with ${String(length - 8)} bytes of the ${String(options.size)} sent`;
          settle(echo, { outcome: 'failed', reason: 'content', latency, detail });
          return;
        }
        // Read before its verdict: it waited in the socket while this process did not look.
        const late = latency > timeoutOf(echo);
        settle(echo, { outcome: 'ok', reason: 'none', latency, ...(late ? { late } : {}) });
        return;
      }
      case 'refused': {
        if (received.kind !== 'error') return;
        const latency = at - match.echo.sent;
        settle(match.echo, {
          outcome: 'failed',
          latency,
          ...describeIcmpError(family, received, source),
        });
        return;
      }
      case 'suspected': {
        if (received.kind !== 'error') return;
        const { echo } = match;
        const { reason, detail } = describeIcmpError(family, received, source);
        echo.suspicion ??= {
          reason,
          latency: at - echo.sent,
          detail: `${detail}, quoting too little to prove it`,
        };
        return;
      }
      case 'after': {
        const { target, seq, rttNs } = match;
        event('reply', at, targets[target]?.name ?? null, match.what, { seq, rttNs });
        return;
      }
      case 'ignored':
        return;
    }
  };

  const broken = (family: Family, why: string): void => {
    sockets.delete(family);
    event('probe', now(), null, 'socket-lost', { family, why });
    for (const echo of table.waiting()) {
      if (echo.address.family !== family || !table.expire(echo)) continue;
      const detail = `the socket failed: ${why}`;
      settle(echo, { outcome: 'unsent', reason: 'send-error', latency: null, detail });
    }
  };

  const open = (family: Family): IcmpSocket => {
    const socket =
      sockets.get(family) ??
      options.openSocket(family, {
        message: (message, source) => {
          take(family, message, source);
        },
        broken: (why) => {
          broken(family, why);
        },
      });
    sockets.set(family, socket);
    return socket;
  };

  const timeoutOf = (echo: Echo): DurationNs => targets[echo.target]?.timeoutNs ?? 0;

  /** Reads what waits; true when the socket has been seen empty since the deadline, or is gone. */
  const drained = (echo: Echo, deadline: RunNs): boolean => {
    const socket = sockets.get(echo.address.family);
    return socket === undefined || socket.emptyAt() >= deadline || socket.drain();
  };

  /**
   * Timers run before sockets are read, so after a stall a deadline passes while its answer waits: read first, then judge. After
   * a late timer the system gets one more turn, to hand over what the network card still held.
   */
  const onDeadline = async (echo: Echo): Promise<void> => {
    const deadline = echo.sent + timeoutOf(echo);
    const overdue = now() - deadline;
    if (overdue < 0) {
      watch(echo, -overdue);
      return;
    }
    let empty = drained(echo, deadline);
    if (overdue > PUNCTUAL_NS && pending.has(echo)) {
      const asked = now();
      await pollTurn();
      empty = drained(echo, asked);
    }
    if (!table.expire(echo)) return;
    if (empty && echo.suspicion !== null) {
      settle(echo, { outcome: 'failed', ...echo.suspicion });
    } else if (empty) {
      settle(echo, { outcome: 'lost', reason: 'timeout', latency: null });
    } else {
      const detail = 'more ICMP arrives than can be read: the answer may be among it';
      settle(echo, { outcome: 'unsent', reason: 'overload', latency: null, detail });
    }
  };

  const timers = new Map<Echo, () => void>();
  const watch = (echo: Echo, ns: DurationNs): void => {
    timers.set(
      echo,
      after(Math.max(1, Math.ceil(ns / NS_PER_MS)), () => {
        timers.delete(echo);
        if (pending.has(echo)) void onDeadline(echo);
      }),
    );
  };

  for (const { address } of targets) open(address.family);

  return {
    attempt: async (target, seq) => {
      const to = targets[target];
      if (to === undefined) throw new Error(`icmp: no target ${String(target)}`);
      const attempt = attempts;
      attempts = (attempts + 1) >>> 0;
      if (!table.canBegin(attempt)) {
        const detail = 'more than 65535 requests in flight';
        return { outcome: 'unsent', reason: 'overload', sent: null, latency: null, detail };
      }
      const failure = (detail: string): AttemptResult => {
        return { outcome: 'unsent', reason: 'send-error', sent: null, latency: null, detail };
      };
      let socket: IcmpSocket;
      try {
        socket = open(to.address.family);
      } catch (error) {
        return failure(`no socket: ${messageOf(error)}`);
      }
      const echo: Echo = {
        attempt,
        target,
        seq,
        address: to.address,
        sent: now(),
        note: null,
        suspicion: null,
      };
      const error = socket.send(attempt, to.address.destination);
      if (error !== null) return failure(error);
      table.begin(echo);
      return new Promise((resolve) => {
        pending.set(echo, (result) => {
          timers.get(echo)?.();
          timers.delete(echo);
          resolve(result);
        });
        watch(echo, to.timeoutNs);
      });
    },
    close: () => {
      for (const cancel of timers.values()) cancel();
      timers.clear();
      for (const socket of sockets.values()) socket.close();
      sockets.clear();
    },
  };
}
