import type { PreStop } from '../objects.ts';

/**
 * How long a preStop hook takes, s. `sleep`, or `exec` of a sleep (`[sleep, "5"]`, `[sh, -c, "sleep 5"]`): the lab runs no
 * other command, and one it does not know takes no time.
 */
export function preStopSeconds(hook: PreStop | undefined): number {
  if (hook?.sleep !== undefined) return hook.sleep.seconds;
  const match = /(?:^|[\s/])sleep\s+(\d+(?:\.\d+)?)/.exec(hook?.exec?.command.join(' ') ?? '');
  return match === null ? 0 : Number(match[1]);
}
