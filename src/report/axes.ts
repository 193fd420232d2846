import { NS_PER_S, type RunAnchor, type RunNs, wallTime } from '../model/time.ts';

const STEPS_S = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400,
];

/** Round wall-clock times within [start, end], at most `most` of them, with their labels `03:14:50`. */
export function timeTicks(
  anchor: RunAnchor,
  start: RunNs,
  end: RunNs,
  most: number,
): readonly { readonly at: RunNs; readonly label: string }[] {
  const seconds = (end - start) / NS_PER_S;
  const step = STEPS_S.find((one) => seconds / one <= most) ?? Math.ceil(seconds / most);
  const stepNs = BigInt(step) * BigInt(NS_PER_S);
  const from = anchor.wallNs + BigInt(Math.round(start));
  const ticks: { at: RunNs; label: string }[] = [];
  for (let wall = ((from + stepNs - 1n) / stepNs) * stepNs; ; wall += stepNs) {
    const at = Number(wall - anchor.wallNs);
    if (at > end || ticks.length > most) return ticks;
    ticks.push({ at, label: wallTime(anchor, at).slice(11, 19) });
  }
}

/** Powers of ten (ns) around the values, at least one decade: 2e5 to 3e6 → 1e5, 1e6, 1e7. */
export function decades(least: number, most: number): readonly number[] {
  const low = Math.floor(Math.log10(Math.max(1, least)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(1, most))));
  return Array.from({ length: high - low + 1 }, (_, nth) => 10 ** (low + nth));
}
