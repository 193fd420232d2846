import { formatDuration } from '../model/duration.ts';
import type { RunNs } from '../model/time.ts';
import type { Seen, SeenValue } from './seen.ts';

/** `0 of 4,120`, `3 lost, 0 failed of 500 (10.0.0.5)`, `680ms to 720ms (vm)`, `2.13ms (issue)`. */
export function observedText({ subject, value, empty }: Seen): string {
  if (empty) return 'nothing to judge by';
  const text = valueText(value);
  return subject === null ? text : `${text} (${subject})`;
}

export function valueText(value: SeenValue): string {
  switch (value.unit) {
    case 'attempts': {
      const { lost, failed, of } = value;
      if (lost + failed === 0) return `0 of ${count(of)}`;
      return `${count(lost)} lost, ${count(failed)} failed of ${count(of)}`;
    }
    case 'number':
      return value.low === value.high
        ? count(value.low)
        : `${count(value.low)} to ${count(value.high)}`;
    case 'duration':
      if (value.low === value.high) return formatDuration(value.low);
      if (value.high === Number.POSITIVE_INFINITY) return `at least ${atLeast(value.low)}`;
      return `${atLeast(value.low)} to ${formatDuration(value.high)}`;
  }
}

/** 4120 → `4,120`. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** How an instant of the run is told to the reader. */
export type TellTime = (at: RunNs) => string;

/** Seconds since the run's anchor: `+12.345s`. For where no clock time is at hand. */
export function instant(at: RunNs): string {
  return `+${(at / 1e9).toFixed(3)}s`;
}

/** Outages of single attempts count as 1 ns in comparisons; nobody needs to read that. */
function atLeast(ns: number): string {
  return formatDuration(ns < 1000 ? 0 : ns);
}
