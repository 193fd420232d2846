import type { RunEvent } from '../model/event.ts';
import type { ExportAccount } from '../model/export.ts';
import type { RunPlan } from '../model/plan.ts';
import type { SampleBatch } from '../model/sample.ts';
import type { RunAnchor } from '../model/time.ts';

/** Takes what is measured as it comes: the recorder, the analysis fold, a live view. Must not throw or block. */
export type SampleWriter = {
  readonly samples: (batch: SampleBatch) => void;
  readonly event: (event: RunEvent) => void;
};

/** Facts of a run that are not samples or events. */
export type RunMeta = {
  readonly plan: RunPlan;
  readonly anchor: RunAnchor;
  /** Null until the run has ended in order: a run file without it was interrupted. */
  readonly ended: {
    readonly at: number;
    readonly ending: string;
    readonly why: string | null;
  } | null;
  readonly rollproofVersion: string;
};

/**
 * A recorded run, to be folded as it was live: events by time, then samples, those of each target in the order of recording. A batch is
 * valid until the next is asked for: its memory is used again.
 */
export type SampleReader = {
  readonly meta: RunMeta;
  /** How far it has come in the store that it was exported to last; null when it never was. */
  readonly exported: ExportAccount | null;
  readonly events: () => AsyncIterable<RunEvent>;
  readonly batches: () => AsyncIterable<SampleBatch>;
  readonly close: () => void;
};
