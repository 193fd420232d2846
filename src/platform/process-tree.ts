import { readdirSync, readFileSync } from 'node:fs';

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Sends a signal to a process; what is no longer there is not missed. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended: there is nothing left to signal.
  }
}

/** A process and all below it, parents first. Linux only: empty of children elsewhere. */
export function processTree(pid: number): readonly number[] {
  return [pid, ...childrenOf(pid).flatMap(processTree)];
}

function childrenOf(pid: number): readonly number[] {
  try {
    // A child belongs to the thread that made it.
    return readdirSync(`/proc/${String(pid)}/task`).flatMap((thread) => {
      const path = `/proc/${String(pid)}/task/${thread}/children`;
      return readFileSync(path, 'utf8').split(' ').filter(Boolean).map(Number);
    });
  } catch {
    return [];
  }
}
