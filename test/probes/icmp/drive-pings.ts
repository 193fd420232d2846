import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import type { DriverLine } from './fixtures/ping-driver.ts';

const DRIVER = fileURLToPath(new URL('fixtures/ping-driver.ts', import.meta.url));

export type Ended = Extract<DriverLine, { outcome: string }>;

/** Without attempts that a busy machine made too late: how many those are is no matter of a test. */
export function inTime<T extends { readonly reason: string }>(ended: readonly T[]): readonly T[] {
  return ended.filter(({ reason }) => reason !== 'late' && reason !== 'verifier-stalled');
}

export function outcomes(ended: readonly { readonly outcome: string; readonly reason: string }[]) {
  return new Set(inTime(ended).map(({ outcome }) => outcome));
}

/**
 * Pings in a process of its own, as a run does. `before`: the command that starts it elsewhere or as somebody else; `imports`: modules it
 * loads first.
 */
export function drivePings(
  config: object,
  options: { readonly before?: readonly string[]; readonly imports?: readonly string[] } = {},
) {
  const { before = [], imports = [] } = options;
  const node = [process.execPath, '--import', './test/loader.mjs'];
  const loaded = imports.flatMap((path) => ['--import', path]);
  const command = [...before, ...node, ...loaded, DRIVER, JSON.stringify(config)];
  const [file = '', ...args]: readonly string[] = command;
  const child = execa(file, args, { stdin: 'pipe', reject: false, buffer: { stdout: false } });
  const lines: DriverLine[] = [];
  let wake = () => {};
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(JSON.parse(line) as DriverLine);
    wake();
  });
  void child.then(() => {
    wake();
  });
  return {
    pid: child.pid ?? 0,
    lines,
    ended: (host?: string): Ended[] =>
      lines.filter((line): line is Ended => 'outcome' in line && (host ?? line.host) === line.host),
    /** Resolves when what it has said so far satisfies the condition. */
    until: async (condition: () => boolean) => {
      while (!condition()) {
        if (child.exitCode !== null) throw new Error((await child).stderr);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    stop: async () => {
      child.stdin.end();
      const { exitCode, stderr } = await child;
      if (exitCode !== 0) throw new Error(stderr);
    },
    /** How it ended by itself. */
    failure: async () => {
      const { exitCode, stderr } = await child;
      return { exitCode, stderr };
    },
  };
}
