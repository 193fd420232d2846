import { dutiesOf, keystoneConfig, type Operation } from '../../../probes/keystone/config.ts';
import { open } from '../../../probes/keystone/measure.ts';
import type { AttemptMeasurer, AttemptResult } from '../../../src/contracts/probe.ts';
import type { RunEvent } from '../../../src/model/event.ts';
import type { Phase } from '../../../src/model/phase.ts';
import { dropAnchor, runClock } from '../../../src/platform/clock.ts';
import { PASSWORD } from './fake-keystone.ts';

export type Probing = {
  readonly attempt: (operation: Operation) => Promise<AttemptResult>;
  /** The run enters a phase. */
  readonly phase: (phase: Phase) => void;
  readonly events: Omit<RunEvent, 'probe'>[];
  readonly close: () => Promise<void>;
};

export const operations: readonly Operation[] = ['issue', 'validate', 'validate-old'];

/** A probe that is logged in to `url`; `config` is laid over a minimal one. */
export async function probing(
  url: string,
  config: object = {},
  now: () => number = runClock(dropAnchor()).now,
): Promise<Probing> {
  const auth = { url, username: 'admin', password: PASSWORD };
  const parsed = keystoneConfig.parse({ auth, timeout: '2s', connections: ['new'], ...config });
  const duties = dutiesOf(parsed);
  const events: Omit<RunEvent, 'probe'>[] = [];
  const measurer = await open(parsed, {
    env: {},
    probe: 'keystone',
    targets: [],
    now,
    emit: (event) => events.push(event),
    stalledSince: () => 0,
  });
  const attempts = measurer as AttemptMeasurer;
  return {
    attempt: (operation) =>
      attempts.attempt(
        duties.findIndex((duty) => duty.operation === operation),
        0,
      ),
    phase: (phase) => measurer.phase?.(phase),
    events,
    close: measurer.close,
  };
}
