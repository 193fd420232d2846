import type { RunNs } from '../model/time.ts';
import type { Range } from './compare.ts';

/** A metric over the window as seen: of one target or workload, or summed over all (`subject` null). */
export type Seen = {
  readonly subject: string | null;
  readonly value: SeenValue;
  /** The same without the outages that a control probe shares; null when there are none. */
  readonly unshared: SeenValue | null;
  /** Why it cannot be judged by: no samples, too few. Null when it can. */
  readonly missing: string | null;
  /** Nothing at all was observed: then even a violation says nothing. */
  readonly empty: boolean;
  /** When it was first at its worst, where that is a moment. */
  readonly at: RunNs | null;
  /** In the baseline phase, for `x baseline`. */
  readonly baseline: { readonly range: Range | null; readonly missing: string | null } | null;
};

export type SeenValue =
  | (Range & { readonly unit: 'number' | 'duration' })
  | {
      readonly unit: 'attempts';
      /** Which of them the metric is about: loss is a ratio, the others a count. */
      readonly ratio: boolean;
      readonly lost: number;
      readonly failed: number;
      readonly of: number;
    };
