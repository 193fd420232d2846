import { fork } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';

/** A Node program of our own in a child process. */
export type Program = {
  readonly pid: number;
  /** Resolves with its exit code; 128 + n when signal n ended it. */
  readonly exited: Promise<number>;
  readonly signal: (name: NodeJS.Signals) => void;
};

/**
 * Starts a module of ours as a process with this environment and nothing else, silent, at a lower priority (`nice`, 0 to
 * 19). It is tied to this process by an IPC channel: see `runProgram`.
 */
export function startProgram(
  module: URL,
  options: { readonly env: Readonly<Record<string, string>>; readonly nice: number },
): Program {
  const child = fork(fileURLToPath(module), {
    env: { PATH: process.env['PATH'], ...options.env },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const exited = new Promise<number>((resolve) => {
    child.on('error', () => {
      resolve(127);
    });
    child.on('exit', (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
  const { pid = 0 } = child;
  try {
    if (pid > 0) setPriority(pid, options.nice);
  } catch {
    // It has ended already: `exited` tells.
  }
  return {
    pid,
    exited,
    signal: (name) => {
      child.kill(name);
    },
  };
}

/** What a program started by `startProgram` knows of its process. */
export type ProgramHost = {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** SIGTERM: stop in order, then call `exit`. */
  readonly onTerminate: (handle: () => void) => void;
  readonly exit: (code: number) => void;
};

/** For the program's own module. It ends at once when the process that started it is gone. */
export function programHost(): ProgramHost {
  process.on('disconnect', () => {
    process.exit(1);
  });
  return {
    env: process.env,
    onTerminate: (handle) => {
      process.on('SIGTERM', handle);
    },
    exit: (code) => {
      process.exit(code);
    },
  };
}
