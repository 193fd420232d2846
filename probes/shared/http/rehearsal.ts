import { NS_PER_S, type RunNs } from '../../../src/model/time.ts';
import { startLoopbackServer } from '../../../src/platform/loopback-server.ts';
import { CONNECTION_CLASSES, openConnections } from './connections.ts';
import { exchange } from './exchange.ts';

const REQUESTS = 200;
const LONGEST_NS = NS_PER_S / 2;
const TIMEOUT_NS = NS_PER_S;
const NO_TLS = { ca: null, cert: null, key: null, insecure: false };
const REQUEST = { method: 'GET', path: '/', headers: { accept: '*/*' } };

let rehearsed: Promise<void> | null = null;

/**
 * Sends some hundred requests to a server of this very process, so that the code that measures is loaded and compiled before the first attempt is due. Else the first
 * exchange takes some 20 ms of CPU: at a high rate what is due meanwhile is unsent, at a low one they are told as the latency of the service. Once a worker; never rejects.
 */
export function rehearse(now: () => RunNs): Promise<void> {
  // Where nothing may listen there is none: it only makes the start smoother.
  rehearsed ??= run(now).catch(() => undefined);
  return rehearsed;
}

async function run(now: () => RunNs): Promise<void> {
  const server = await startLoopbackServer();
  const until = now() + LONGEST_NS;
  const connections = openConnections({ origin: server.origin, tls: NO_TLS }, { now });
  try {
    for (let i = 0; i < REQUESTS && now() < until; i++) {
      for (const kind of CONNECTION_CLASSES) {
        await exchange(REQUEST, { connections, class: kind, timeoutNs: TIMEOUT_NS, now });
      }
    }
  } finally {
    connections.close();
    server.close();
  }
}
