/** Longest waits between two tries, ms: of a store that is down, and of one that refuses us, which people have to mend. */
const MOST_MS = { busy: 30_000, refusing: 60_000 } as const;
const FIRST_MS = { busy: 500, refusing: 5000 } as const;

/** What a failed write was due to: the store or the way to it, or that we may not write. */
export type Setback = keyof typeof FIRST_MS;

/**
 * How long to wait after the nth failure in a row (from 0), ms: doubled each time, jittered between half and all of it so
 * that several runs do not return to a store at once (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/,
 * "equal jitter"). A store that says when (Retry-After) is believed, and never asked earlier.
 *
 *     busy, 0 → 250..500; busy, 10 → 15,000..30,000; Retry-After 7 s → 7,000..7,500
 */
export function backoffMs(
  setback: Setback,
  nth: number,
  retryAfterMs: number | null,
  random: () => number,
): number {
  if (retryAfterMs !== null) return retryAfterMs + random() * FIRST_MS.busy;
  const whole = Math.min(MOST_MS[setback], FIRST_MS[setback] * 2 ** Math.min(nth, 20));
  return whole / 2 + (random() * whole) / 2;
}

/** `Retry-After`: seconds or an HTTP date (RFC 9110, 10.2.3) → ms from now; null when it says nothing. At most a day. */
export function retryAfterMs(header: string | null, nowMs: number): number | null {
  const text = header?.trim() ?? '';
  const most = 86_400_000;
  if (/^\d+(\.\d+)?$/.test(text)) return Math.min(most, Number(text) * 1000);
  const date = Date.parse(text);
  // Date.parse also makes a year of "-5".
  return Number.isNaN(date) || !text.includes('GMT')
    ? null
    : Math.min(most, Math.max(0, date - nowMs));
}
