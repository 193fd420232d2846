import { constants } from 'node:os';
import { execa } from 'execa';
import { CodedError } from '../errors/coded-error.ts';

export type Child = {
  readonly pid: number;
  /** Resolves with its exit code; 128 + n when signal n ended it. */
  readonly exited: Promise<number>;
  readonly signal: (name: NodeJS.Signals) => void;
};

/**
 * Starts a program that shares this one's terminal but is a session of its own: signals from the keyboard reach this
 * process only, which passes them on, so that each arrives once. Throws `internal` when it cannot be started.
 */
export function startChild(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Child {
  const [file = '', ...args] = argv;
  const child = execa(file, args, {
    env: { ...env },
    extendEnv: false,
    stdio: 'inherit',
    detached: true,
    cleanup: false,
    reject: false,
  });
  if (child.pid === undefined) throw new CodedError('internal', `${file} cannot be started`, null);
  return {
    pid: child.pid,
    exited: child.then(
      ({ exitCode, signal }) =>
        exitCode ?? 128 + (signal === undefined ? 0 : constants.signals[signal]),
    ),
    signal: (name) => {
      child.kill(name);
    },
  };
}
