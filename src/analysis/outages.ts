import type { Reason } from '../model/sample.ts';
import type { DurationNs, RunNs } from '../model/time.ts';
import { type Row, sightOf } from './row.ts';

/** An outage before it is known what happened around it. */
export type BareOutage = {
  readonly start: RunNs;
  readonly end: RunNs;
  readonly atLeastNs: DurationNs;
  readonly atMostNs: DurationNs | null;
  readonly samples: number;
  readonly reason: Reason;
  readonly open: boolean;
};

type Current = {
  readonly start: RunNs;
  end: RunNs;
  /** Start of the present stretch without an unsent attempt, and the longest of those so far. */
  stretchStart: RunNs;
  longestStretch: DurationNs;
  /** An unsent attempt has come since its last unsuccessful one. */
  blind: boolean;
  samples: number;
  readonly reasons: Map<Reason, number>;
};

/**
 * Rows of one target in order of seq → its outages. With an attempt due every 10 ms (`.` ok, answered 1 ms later, `x` lost or
 * failed, `-` unsent):
 *
 *     due      0  10 20 30 40 50 60 70 80
 *     outcome  .  x  x  -  x  .  -  x  |      → 10..40 (at least 20 − 10 = 10, at most 51 − 0 = 51, 3 samples)
 *                                               70..70 (at least 0, at most unknown, 1 sample, open)
 *
 * An unsent attempt says nothing: it neither begins nor ends an outage, and the time around it is not known to be one. So "at
 * least" is the longest stretch of unsuccessful attempts without one that was unsent: the verifier's stall makes no outage longer.
 */
export function createOutages() {
  const outages: BareOutage[] = [];
  let current: Current | null = null;
  let lastOk: RunNs | null = null;

  const close = (outage: Current, nextOk: RunNs | null): BareOutage => ({
    start: outage.start,
    end: outage.end,
    atLeastNs: outage.longestStretch,
    atMostNs: nextOk === null || lastOk === null ? null : nextOk - lastOk,
    samples: outage.samples,
    reason: commonest(outage.reasons),
    open: nextOk === null,
  });

  return {
    add: (row: Row) => {
      switch (row.outcome) {
        case 'unsent':
          if (current !== null) current.blind = true;
          return;
        case 'ok': {
          const { from, to } = sightOf(row);
          if (current !== null) outages.push(close(current, to));
          current = null;
          lastOk = from;
          return;
        }
        case 'lost':
        case 'failed':
          current ??= begin(row.due);
          if (current.blind) current.stretchStart = row.due;
          current.blind = false;
          current.longestStretch = Math.max(current.longestStretch, row.due - current.stretchStart);
          current.end = row.due;
          current.samples += 1;
          current.reasons.set(row.reason, (current.reasons.get(row.reason) ?? 0) + 1);
      }
    },
    /** An ok attempt that was sent at `from`, after one that was not unsuccessful: no outage ends by it. */
    calm: (from: RunNs) => {
      lastOk = from;
    },
    /** When the outage the target is in now began; null when it is not in one. */
    since: (): RunNs | null => current?.start ?? null,
    /** So far, the present one included. */
    count: (): number => outages.length + (current === null ? 0 : 1),
    finish: (): readonly BareOutage[] =>
      current === null ? outages : [...outages, close(current, null)],
  };
}

function begin(at: RunNs): Current {
  return {
    start: at,
    end: at,
    stretchStart: at,
    longestStretch: 0,
    blind: false,
    samples: 0,
    reasons: new Map(),
  };
}

/** The first seen among equals. */
function commonest(reasons: ReadonlyMap<Reason, number>): Reason {
  let best: Reason = 'none';
  let most = 0;
  for (const [reason, count] of reasons) {
    if (count <= most) continue;
    best = reason;
    most = count;
  }
  return best;
}
