import { httpConfig, targetsOf } from '../../../probes/http/config.ts';
import { open } from '../../../probes/http/measure.ts';
import type { AttemptMeasurer, AttemptResult } from '../../../src/contracts/probe.ts';
import type { RunEvent } from '../../../src/model/event.ts';
import { dropAnchor, runClock } from '../../../src/platform/clock.ts';

export type Probing = {
  readonly attempt: () => Promise<AttemptResult>;
  readonly events: Omit<RunEvent, 'probe'>[];
  readonly close: () => Promise<void>;
};

/** An open `http` probe with one class of connection. */
export async function probing(
  config: object,
  now: () => number = runClock(dropAnchor()).now,
): Promise<Probing> {
  const parsed = httpConfig.parse({ timeout: '2s', connections: ['new'], ...config });
  const events: Omit<RunEvent, 'probe'>[] = [];
  const measurer = await open(parsed, {
    env: {},
    probe: 'api',
    targets: targetsOf(parsed),
    now,
    emit: (event) => events.push(event),
    stalledSince: () => 0,
  });
  const attempts = measurer as AttemptMeasurer;
  return { attempt: () => attempts.attempt(0, 0), events, close: measurer.close };
}
