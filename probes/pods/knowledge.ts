import type { RunNs } from '../../src/model/time.ts';

/**
 * Until when the state of a watched resource is known. A silent stream is no news, not good news: only a byte of the stream or a list
 * that agrees moves it on; and once the stream counts as lost, only a list does.
 */
export type Knowledge = {
  readonly isLost: () => boolean;
  /** The stream has delivered something. */
  readonly heard: (at: RunNs) => void;
  /** A list taken at `at` showed nothing that the stream had not. */
  readonly confirmed: (at: RunNs) => void;
  /** The stream broke off: known up to what it delivered last. */
  readonly lose: () => void;
  /** A list showed what the stream had withheld: only what a list had confirmed before was known. */
  readonly disprove: () => void;
  /** The state is known again: the span in which it was not, or null if it was all along. */
  readonly regain: (at: RunNs) => { readonly start: RunNs; readonly end: RunNs } | null;
};

export function createKnowledge(start: RunNs): Knowledge {
  let heardAt = start;
  let confirmedAt = start;
  let lostFrom: RunNs | null = null;
  return {
    isLost: () => lostFrom !== null,
    heard: (at) => {
      heardAt = at;
    },
    confirmed: (at) => {
      confirmedAt = Math.max(confirmedAt, at);
    },
    lose: () => {
      lostFrom ??= Math.max(heardAt, confirmedAt);
    },
    disprove: () => {
      lostFrom = Math.min(lostFrom ?? confirmedAt, confirmedAt);
    },
    regain: (at) => {
      const span = lostFrom === null ? null : { start: lostFrom, end: at };
      lostFrom = null;
      heardAt = at;
      confirmedAt = at;
      return span;
    },
  };
}
