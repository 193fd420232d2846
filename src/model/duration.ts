import type { DurationNs } from './time.ts';

const UNIT_NS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
  d: 86_400e9,
};

const PART = /(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|d)/y;

/** `20ms` → 20_000_000, `1m30s` → 90_000_000_000; null when the text is not a duration. A bare `0` is one. */
export function parseDuration(text: string): DurationNs | null {
  if (text === '0') return 0;
  let total = 0;
  let at = 0;
  while (at < text.length) {
    PART.lastIndex = at;
    const match = PART.exec(text);
    const scale = match?.[2] === undefined ? undefined : UNIT_NS[match[2]];
    if (match === null || scale === undefined) return null;
    total += Number(match[1]) * scale;
    at = PART.lastIndex;
  }
  return text.length === 0 || !Number.isSafeInteger(Math.round(total)) ? null : Math.round(total);
}

/** For people, three significant figures: 20_000_000 → `20ms`, 1_234_567_890 → `1.23s`, 90e9 → `1m30s`. */
export function formatDuration(ns: DurationNs): string {
  if (ns < 0) return `-${formatDuration(-ns)}`;
  if (ns === 0) return '0ms';
  if (ns < 1e3) return `${String(Math.round(ns))}ns`;
  if (ns < 999.5e3) return `${figure(ns / 1e3)}µs`;
  if (ns < 999.5e6) return `${figure(ns / 1e6)}ms`;
  if (ns < 59.95e9) return `${figure(ns / 1e9)}s`;
  const seconds = Math.round(ns / 1e9);
  const parts = [
    [Math.floor(seconds / 3600), 'h'],
    [Math.floor((seconds % 3600) / 60), 'm'],
    [seconds % 60, 's'],
  ] as const;
  return parts.map(([count, unit]) => (count === 0 ? '' : `${String(count)}${unit}`)).join('');
}

function figure(value: number): string {
  return String(Number(value.toPrecision(3)));
}
