import type { ErrorCode } from '../errors/catalogue.ts';
import type { RunEvent } from '../model/event.ts';
import type { Phase } from '../model/phase.ts';
import type { PlannedTarget } from '../model/plan.ts';
import type { SampleBatch } from '../model/sample.ts';
import type { RunAnchor, RunNs } from '../model/time.ts';

/** From the host to a worker. */
export type ToWorker =
  | {
      readonly type: 'open';
      readonly probe: string;
      /** URL of the measuring module. */
      readonly module: string;
      readonly config: unknown;
      readonly targets: readonly PlannedTarget[];
      readonly anchor: RunAnchor;
      readonly env: Readonly<Record<string, string | undefined>>;
    }
  | { readonly type: 'start'; readonly at: RunNs }
  /** The run entered the phase at `at`: answered by `clear`. */
  | { readonly type: 'phase'; readonly phase: Phase; readonly at: RunNs }
  /** The schedule ends at `at`; what was due until then is still accounted for. */
  | { readonly type: 'stop'; readonly at: RunNs };

/** From a worker to the host. `at` is the worker's own clock: how late the host reads it does not matter. */
export type FromWorker =
  | { readonly type: 'opened'; readonly engine: string | null }
  | {
      readonly type: 'refused';
      readonly code: ErrorCode;
      readonly message: string;
      readonly hint: string | null;
    }
  | { readonly type: 'batch'; readonly batch: SampleBatch }
  | { readonly type: 'event'; readonly event: RunEvent }
  | { readonly type: 'heartbeat'; readonly at: RunNs }
  /** The probe's own loop broke: nothing more will come. */
  | { readonly type: 'broken'; readonly why: string }
  /** Every attempt due before the phase began has ended, and its row was sent. */
  | { readonly type: 'clear'; readonly phase: Phase }
  | { readonly type: 'stopped' };
