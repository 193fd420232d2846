import type { SampleWriter } from '../contracts/samples.ts';
import type { PlannedTarget } from '../model/plan.ts';
import type { DurationNs } from '../model/time.ts';
import type { RunClock } from '../platform/clock.ts';
import type { Logger } from '../platform/log.ts';

export type EngineProbe = {
  readonly name: string;
  /** The measuring module; it exports `open`. */
  readonly module: URL;
  readonly isolation: 'thread' | 'process';
  readonly config: unknown;
  readonly targets: readonly PlannedTarget[];
};

export type EngineOptions = {
  readonly clock: RunClock;
  readonly writer: SampleWriter;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
  /** After the longest timeout, a worker has this long to bring its last rows. Default: 10 s. */
  readonly stopGraceNs?: DurationNs;
};
