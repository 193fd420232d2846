import type { RunAnchor, RunNs } from '../model/time.ts';

/** The clock of a run: monotonic, and the same in every thread and process that was given the same anchor. */
export type RunClock = {
  readonly anchor: RunAnchor;
  readonly now: () => RunNs;
};

/** A new anchor: the wall time is bracketed by two monotonic readings, the narrowest of several tries. */
export function dropAnchor(): RunAnchor {
  let best: RunAnchor = { monotonicNs: 0n, wallNs: 0n };
  let width = 1n << 62n;
  for (let round = 0; round < 16; round++) {
    const before = process.hrtime.bigint();
    const wallNs = BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e6));
    const after = process.hrtime.bigint();
    const wallNow = BigInt(Date.now()) * 1_000_000n;
    if (after - before < width) {
      width = after - before;
      // timeOrigin is fixed at start-up, so a clock step since then would bend it: the wall clock has the last word.
      const stepped = wallNs > wallNow + 5_000_000n || wallNs < wallNow - 5_000_000n;
      best = { monotonicNs: (before + after) / 2n, wallNs: stepped ? wallNow : wallNs };
    }
  }
  return best;
}

export function runClock(anchor: RunAnchor): RunClock {
  return { anchor, now: () => Number(process.hrtime.bigint() - anchor.monotonicNs) };
}

/** ms since the epoch on the wall clock, for file names and for noticing that it was stepped. */
export function wallMs(): number {
  return Date.now();
}
