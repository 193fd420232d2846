import { readFileSync } from 'node:fs';

/**
 * Seconds since boot with the time the machine was suspended counted (10 ms steps), unlike the monotonic clock; null
 * where the system does not tell.
 */
export function bootTimeS(): number | null {
  try {
    const seconds = Number.parseFloat(readFileSync('/proc/uptime', 'latin1'));
    return Number.isFinite(seconds) ? seconds : null;
  } catch {
    return null;
  }
}
