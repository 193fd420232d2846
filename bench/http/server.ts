/**
 * The server that all are measured against: node:http in a process of its own, on a free port of 127.0.0.1. Sends `{ port }` when it listens, then
 * answers a ServerQuestion with a ServerAnswer.
 */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createNumberColumn } from '../shared/number-column.ts';
import { quantile } from '../shared/quantiles.ts';

export type ServerQuestion =
  /** What came since the last one, which begins anew. */
  | { readonly ask: 'arrivals' }
  /** Stand still for so long: nothing is accepted, read or answered. */
  | { readonly ask: 'stall'; readonly ms: number };

export type Arrivals = {
  readonly count: number;
  /** Requests that came within one hundredth of a second: p50, p99 and the most. */
  readonly perHundredth: { readonly p50: number; readonly p99: number; readonly max: number };
};

/** Monotonic ns, as text: the moment before it stood still, and the one after. */
export type Stall = { readonly from: string; readonly to: string };

export type ServerAnswer = Arrivals | Stall;

const HUNDREDTH_MS = 10;
/** As long as what Keystone says of itself. */
const BODY = JSON.stringify({
  version: {
    id: 'v3.14',
    status: 'stable',
    updated: '2020-04-07T00:00:00Z',
    links: [{ rel: 'self', href: 'http://127.0.0.1:5000/v3/' }],
    'media-types': [
      { base: 'application/json', type: 'application/vnd.openstack.identity-v3+json' },
    ],
  },
});

const send = (message: ServerAnswer | { readonly port: number }) => process.send?.(message);
let arrivals = createNumberColumn();
const server = createServer((_, response) => {
  arrivals.add(performance.now());
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(BODY),
  });
  response.end(BODY);
});

process.on('message', (question: ServerQuestion) => {
  switch (question.ask) {
    case 'arrivals':
      send(summary(arrivals.values()));
      arrivals = createNumberColumn();
      return;
    case 'stall': {
      const from = process.hrtime.bigint();
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, question.ms);
      send({ from: String(from), to: String(process.hrtime.bigint()) });
    }
  }
});
process.on('disconnect', () => process.exit(0));
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
  send({ port: (server.address() as AddressInfo).port });
});

function summary(times: Float64Array): Arrivals {
  const [first = 0, last = 0] = [times[0], times.at(-1)];
  const counts = new Array<number>(Math.floor((last - first) / HUNDREDTH_MS) + 1).fill(0);
  for (const time of times) {
    const place = Math.floor((time - first) / HUNDREDTH_MS);
    counts[place] = (counts[place] ?? 0) + 1;
  }
  const at = (p: number) => quantile(counts, p);
  return { count: times.length, perHundredth: { p50: at(0.5), p99: at(0.99), max: at(1) } };
}
