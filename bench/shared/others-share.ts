import { readFileSync } from 'node:fs';

/** What the kernel tells: /proc/stat and /proc/self/stat. */
export type CpuReading = { readonly machine: string; readonly own: string };

/**
 * From now on, until the returned function is called: which share (0 to 1) of the machine's CPU time went to processes that are neither this one nor its children that
 * have ended by then. A figure measured beside them is of a machine that was not idle.
 */
export function startOthersShare(): () => number {
  const before = read();
  return () => othersShare(before, read());
}

const read = (): CpuReading => ({
  machine: readFileSync('/proc/stat', 'utf8'),
  own: readFileSync('/proc/self/stat', 'utf8'),
});

export function othersShare(before: CpuReading, after: CpuReading): number {
  const [from, to] = [machineTicks(before.machine), machineTicks(after.machine)];
  const own = ownTicks(after.own) - ownTicks(before.own);
  return Math.max(0, to.busy - from.busy - own) / (to.all - from.all);
}

/** proc_stat(5). Waiting for a disk is idle; what a hypervisor took was used by others. */
function machineTicks(text: string) {
  const [line = ''] = text.split('\n');
  const times = line.trim().split(/\s+/).slice(1, 9).map(Number);
  const all = times.reduce((sum, time) => sum + time, 0);
  const [, , , idle = 0, ioWait = 0] = times;
  return { all, busy: all - idle - ioWait };
}

/** proc_pid_stat(5): utime, stime, cutime and cstime, the last two of children that have been waited for. */
function ownTicks(text: string): number {
  // After the name in brackets, which may hold anything, the third field is the first.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
}
