import type { ReplicaAnalysis } from '../model/analysis.ts';
import { formatDuration } from '../model/duration.ts';
import type { Stage } from '../model/sample.ts';
import type { DurationNs, RunAnchor, RunNs } from '../model/time.ts';
import { wallTime } from '../model/time.ts';

export const STAGE_NAMES: Readonly<Record<Stage, string>> = {
  dns: 'DNS',
  connect: 'connect',
  tls: 'TLS',
  firstByte: 'first byte',
};

/** 12345 → `12,345`. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** A share in percent with three figures. What is not 0 is never shown as 0, nor what is not all as 100. */
export function percent(value: number | null): string {
  if (value === null) return '–';
  if (value > 99.9 && value < 100) return '>99.9%';
  const [whole = '0', fraction = ''] = value.toFixed(12).split('.');
  if (whole !== '0') return `${String(Number(value.toPrecision(3)))}%`;
  const zeros = /^0*/.exec(fraction)?.[0].length ?? 0;
  return zeros >= 6 && value > 0 ? '<0.000001%' : `${String(Number(value.toFixed(zeros + 3)))}%`;
}

/** An upper bound in percent, rounded up: what is said of it stays true. 0.1195 → `0.12%`. */
export function upperBound(value: number | null): string {
  if (value === null || value <= 0 || value >= 100) return percent(value);
  const unit = 10 ** (Math.floor(Math.log10(value)) - 1);
  const up = Math.ceil(value / unit - 1e-9) * unit;
  return percent(Math.min(100, Number(up.toPrecision(2))));
}

export function length(ns: DurationNs | null): string {
  return ns === null ? '–' : formatDuration(ns);
}

/** `340ms to 380ms`; `at least 340ms` when no ok was seen after (or before) it; `up to 40ms` for a single sample. */
export function bounds(atLeastNs: DurationNs, atMostNs: DurationNs | null): string {
  const least = formatDuration(atLeastNs);
  if (atMostNs === null) return `at least ${least}`;
  const most = formatDuration(atMostNs);
  if (atLeastNs === 0) return `up to ${most}`;
  return least === most ? least : `${least} to ${most}`;
}

/** The same, short: `340ms – 380ms`, `≥ 340ms`, `≤ 40ms`. */
export function shortBounds(atLeastNs: DurationNs, atMostNs: DurationNs | null): string {
  return bounds(atLeastNs, atMostNs)
    .replace('at least', '≥')
    .replace('up to', '≤')
    .replace(' to ', ' – ');
}

/** Time of day (UTC) to the millisecond: `03:14:46.123`. */
export function clockTime(anchor: RunAnchor, at: RunNs): string {
  return wallTime(anchor, at).slice(11, 23);
}

/** `2026-11-23 03:14:46 UTC`. */
export function dateTime(anchor: RunAnchor, at: RunNs): string {
  return `${wallTime(anchor, at).slice(0, 19).replace('T', ' ')} UTC`;
}

const DOWN_SHOWN = 4;

/** `03:15:07.020 for 1.2s: refused (3 checks), …`: when a replica did not answer. */
export function downText(down: ReplicaAnalysis['down'], anchor: RunAnchor): string {
  const told = down.slice(0, DOWN_SHOWN).map(({ start, end, checks, reason }) => {
    const lasted = end > start ? ` for ${formatDuration(end - start)}` : '';
    return `${clockTime(anchor, start)}${lasted}: ${reason} (${plural(checks, 'check')})`;
  });
  const rest = down.length - told.length;
  return [...told, ...(rest > 0 ? [`and ${count(rest)} more times`] : [])].join(', ');
}

/** `3 samples`, `1 sample`. */
export function plural(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}
