export type ObjectiveVerdict = 'pass' | 'fail' | 'inconclusive';

/** One row of the verdict. `why` says what a reader needs to believe or doubt it; null when nothing is to be said. */
export type ObjectiveResult = {
  readonly text: string;
  readonly expected: string;
  readonly observed: string;
  readonly verdict: ObjectiveVerdict;
  readonly why: string | null;
};

export type VerdictName = 'pass' | 'fail' | 'inconclusive' | 'error' | 'interrupted';

/** How a run came to its end, known to the pipeline: judging weighs it before the objectives. */
export type RunEnding =
  | { readonly kind: 'complete' }
  | { readonly kind: 'step-failed'; readonly why: string }
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'verifier-failed'; readonly why: string };

export type Judgement = {
  readonly verdict: VerdictName;
  readonly exitCode: number;
  readonly why: string | null;
  readonly objectives: readonly ObjectiveResult[];
};
