import { z } from 'zod';
import { CONNECTION_CLASSES } from './connections.ts';

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
