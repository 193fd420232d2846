/** All in ms. Parameters of a loop, so that tests can take less of each. */
export type WatchTiming = {
  /** Between two cross-check lists. */
  readonly relistMs: number;
  /** How long the stream may trail behind a list before it counts as stale. */
  readonly graceMs: number;
  /** For one page of a list. */
  readonly listMs: number;
  /** Between two tries of a cross-check that failed. */
  readonly retryMs: number;
  /** Cross-checks failing for this long: the stream counts as lost, though it still stands. */
  readonly patienceMs: number;
  /** The longest wait for the headers of a watch. */
  readonly openMs: number;
  /** A stream silent for this long is replaced. Bookmarks come about once a minute. */
  readonly silenceMs: number;
  /** The shortest and the longest pause before connecting anew. */
  readonly floorMs: number;
  readonly capMs: number;
  /** A stream that lived this long is steady: the pauses begin anew. */
  readonly steadyMs: number;
  /** A stream that was closed in order and opened again within this time has not been lost. */
  readonly seamlessMs: number;
};

export function watchTiming(relistMs: number): WatchTiming {
  return {
    relistMs,
    graceMs: 2_000,
    listMs: 5_000,
    retryMs: 500,
    patienceMs: 5_000,
    openMs: 10_000,
    silenceMs: 90_000,
    floorMs: 200,
    capMs: 5_000,
    steadyMs: 5_000,
    seamlessMs: 1_000,
  };
}

/**
 * Pause before connection attempt `unsteady` + 1 after that many short-lived streams in a row: from the floor up to a
 * ceiling that doubles each time, drawn at random so that many watchers do not come back together. `random` is in [0, 1).
 */
export function reconnectPause(
  { floorMs, capMs }: Pick<WatchTiming, 'floorMs' | 'capMs'>,
  unsteady: number,
  random: number,
): number {
  const ceiling = Math.min(capMs, floorMs * 2 ** Math.min(unsteady, 20));
  return floorMs + random * (ceiling - floorMs);
}
