import type { ProbeContext } from '../../../src/contracts/probe.ts';
import type { DurationNs } from '../../../src/model/time.ts';
import { closedIdleTally } from './closed-idle-tally.ts';
import { type ConnectionClass, type Connections, openConnections } from './connections.ts';
import type { ExchangeOptions } from './exchange.ts';
import { probeNote } from './probe-note.ts';
import type { RoundTrip } from './round-trip.ts';
import type { TlsOptions } from './tls-options.ts';

/** How one target of a probe reaches its server. */
export type Line = {
  readonly over: ExchangeOptions;
  /** The server was closing the idle connection that a request went out on. */
  readonly closedIdle: () => void;
  readonly close: () => void;
};

/** A line for one target, with connections of its own: what closed while idle is counted for it. Lines to one origin share its round trip. */
export function openLine(
  server: { readonly origin: string; readonly tls: TlsOptions },
  target: {
    readonly name: string;
    readonly class: ConnectionClass;
    readonly timeoutNs: DurationNs;
  },
  context: Pick<ProbeContext, 'now' | 'emit' | 'stalledSince'>,
  roundTrip?: RoundTrip,
): Line {
  const { now, stalledSince } = context;
  /** A server that keeps no connection makes of the series a second one of new connections: that is to be seen. */
  const tellUse = (detail: { readonly requests: number; readonly onKept: number }) => {
    probeNote(context)('kept-alive', detail, target.name);
  };
  const tally = closedIdleTally(target.name, context);
  const connections = openConnections(server, {
    now,
    stalledSince,
    onClosedIdle: tally.add,
    ...(roundTrip === undefined ? {} : { roundTrip }),
  });
  const used = { requests: 0, onKept: 0 };
  const take: Connections['take'] = (kind) => {
    const connection = connections.take(kind);
    used.requests++;
    if (connection.reused) used.onKept++;
    return connection;
  };
  return {
    over: {
      connections: { ...connections, take },
      class: target.class,
      timeoutNs: target.timeoutNs,
      now,
    },
    closedIdle: tally.add,
    close: () => {
      tally.flush();
      if (target.class === 'reused') tellUse(used);
      connections.close();
    },
  };
}
