import { z } from 'zod';
import { duration } from '../contracts/scalars.ts';
import { stepKind } from '../contracts/step.ts';
import { formatDuration } from '../model/duration.ts';
import { NS_PER_MS } from '../model/time.ts';
import { sleep } from '../platform/timers.ts';

const config = z.strictObject({
  for: duration({ positive: true }).describe('How long.'),
});

const TURN_MS = 500;

export const wait = stepKind<z.infer<typeof config>>({
  kind: 'wait',
  summary: 'Does nothing for a while: between two steps, or to see what comes later.',
  config,
  describe: (order) => `wait ${formatDuration(order.for)}`,
  needsCluster: false,
  run: async (order, { signal, progress }) => {
    const totalMs = order.for / NS_PER_MS;
    for (let leftMs = totalMs; leftMs > 0 && !signal.aborted; leftMs -= TURN_MS) {
      progress(1 - leftMs / totalMs, `${formatDuration(leftMs * NS_PER_MS)} left`);
      await sleep(Math.min(TURN_MS, leftMs), signal);
    }
    return signal.aborted ? { result: 'failed', why: 'the run was interrupted' } : { result: 'ok' };
  },
});
