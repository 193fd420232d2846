import type { DurationNs } from '../../../src/model/time.ts';

/** The shortest time a TCP connect to one origin took so far: what is known of one round trip, by all lines to it together. */
export type RoundTrip = {
  /** A connect in which this process did not stand still. */
  readonly saw: (took: DurationNs) => void;
  /** ns; 0 before the first. */
  readonly shortestNs: () => DurationNs;
};

export function createRoundTrip(): RoundTrip {
  let shortest: DurationNs | null = null;
  return {
    saw: (took) => {
      shortest = Math.min(shortest ?? took, took);
    },
    shortestNs: () => shortest ?? 0,
  };
}
