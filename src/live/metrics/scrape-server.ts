import { isIPv6 } from 'node:net';
import fastify from 'fastify';
import { CodedError, messageOf } from '../../errors/coded-error.ts';
import type { MetricsAddress } from './address.ts';
import type { RunMetrics } from './run-metrics.ts';

export type ScrapeServer = {
  /** `http://127.0.0.1:9464/metrics` */
  readonly url: string;
  /** From now on these are served; before, the answer is 503. */
  readonly serve: (metrics: Pick<RunMetrics, 'text' | 'contentType'>) => void;
  readonly close: () => Promise<void>;
};

/** Listens for scrapes, before there is anything to tell: that the address cannot be had must be known before the upgrade. Throws `metrics-address`. */
export async function openScrapeServer(address: MetricsAddress): Promise<ScrapeServer> {
  const { host, port } = address;
  let metrics: Pick<RunMetrics, 'text' | 'contentType'> | null = null;
  const server = fastify({ forceCloseConnections: true });
  server.get('/metrics', async (_, reply) => {
    if (metrics === null) return await reply.code(503).send('the run has not begun\n');
    return await reply.type(metrics.contentType).send(await metrics.text());
  });
  try {
    await server.listen({ host, port });
  } catch (error) {
    await server.close();
    throw new CodedError(
      'metrics-address',
      `the metrics cannot be served at ${host}:${String(port)}: ${messageOf(error)}`,
      'choose another port (or 0 for any that is free), or leave --metrics out',
      error,
    );
  }
  const [listening] = server.addresses();
  const bound = typeof listening === 'object' ? listening.port : port;
  return {
    url: `http://${isIPv6(host) ? `[${host}]` : host}:${String(bound)}/metrics`,
    serve: (served) => {
      metrics = served;
    },
    close: async () => {
      await server.close();
    },
  };
}
