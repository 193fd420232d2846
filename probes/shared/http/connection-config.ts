import { z } from 'zod';
import { type DurationNs, NS_PER_MS } from '../../../src/model/time.ts';
import { CONNECTION_CLASSES, type ConnectionClass, KEEP_ALIVE_MS } from './connections.ts';

/** For `.refine`: whether a connection would still be open for the next request, which comes after the longest `intervalNs`. */
export function staysOpen(
  connections: readonly ConnectionClass[],
  intervalNs: DurationNs,
): boolean {
  return !connections.includes('reused') || intervalNs < KEEP_ALIVE_MS * NS_PER_MS;
}

export const STAYS_OPEN_PROBLEM = {
  error: `a kept-alive connection is let go after ${String(KEEP_ALIVE_MS / 1000)} s: raise the rate, or measure \`connections: [new]\` only`,
  path: ['connections'],
};

/** `connections`: which classes of connection are measured, each as a series of its own. */
export function connectionClasses() {
  return z
    .array(z.enum(CONNECTION_CLASSES))
    .min(1)
    .refine((list) => new Set(list).size === list.length, { error: 'each class once' })
    .default([...CONNECTION_CLASSES])
    .describe(
      'Each is a series of its own. new: every request on a connection of its own, so that each one meets the load balancer. reused: kept alive from ' +
        'request to request, as services do; when one fails, a new one is tried at once to tell how. One that the server closed while it was idle is no failure; it is counted.',
    );
}
