import { readdirSync, readFileSync } from 'node:fs';

/** Thread id → CPU time so far, ns (the scheduler's own count: /proc/PID/task/TID/schedstat). */
export type ThreadTimes = ReadonlyMap<number, number>;

/** All threads of a process; a thread that ends while it is looked at is left out. */
export function threadTimes(pid: number): ThreadTimes {
  const times = new Map<number, number>();
  for (const tid of readdirSync(`/proc/${String(pid)}/task`)) {
    try {
      const [onCpu = '0'] = readFileSync(
        `/proc/${String(pid)}/task/${tid}/schedstat`,
        'utf8',
      ).split(' ');
      times.set(Number(tid), Number(onCpu));
    } catch {
      // It has ended.
    }
  }
  return times;
}

/** The thread that worked most between two readings, the main thread aside: in a process with one measuring worker, that worker. */
export function busiestThread(before: ThreadTimes, after: ThreadTimes, mainThread: number): number {
  let most = 0;
  for (const [tid, time] of after) {
    if (tid !== mainThread) most = Math.max(most, time - (before.get(tid) ?? 0));
  }
  return most;
}

/** Of all threads together between two readings. */
export function totalTime(before: ThreadTimes, after: ThreadTimes): number {
  let total = 0;
  for (const [tid, time] of after) total += time - (before.get(tid) ?? 0);
  return total;
}

/** The child processes of `pid` whose command line contains `text`. */
export function childrenOf(pid: number, text: string): readonly number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      // After the name in brackets, which may hold anything: state, then the parent.
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      const ours = parent === pid && readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(text);
      return ours ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}
