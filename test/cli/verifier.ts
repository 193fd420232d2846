import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The built program (npm test builds it first): from source, each start would take seconds. */
export const MAIN = fileURLToPath(new URL('../../bin/rollproof.js', import.meta.url));

/** `rollproof run` as a process of its own, in a folder of its own. */
export type Verifier = {
  readonly folder: string;
  readonly child: ChildProcess;
  readonly output: () => { readonly out: string; readonly err: string };
  /** Resolves when stderr matches. Rejects when the process has ended without. */
  readonly says: (pattern: RegExp) => Promise<void>;
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  /** The run's directory. */
  readonly directory: () => Promise<string>;
  readonly remove: () => Promise<void>;
};

export async function startVerifier(
  scenario: string,
  options: {
    readonly args?: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
  } = {},
): Promise<Verifier> {
  const folder = await mkdtemp(join(tmpdir(), 'rollproof-run-'));
  const path = join(folder, 'scenario.yaml');
  await writeFile(path, scenario);
  const own = ['run', path, '--out', join(folder, 'runs')];
  const argv = [MAIN, ...own, ...(options.args ?? [])];
  const child = spawn(process.execPath, argv, {
    // mocha may hand down FORCE_COLOR.
    env: { ...process.env, NO_COLOR: '1', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString();
    child.emit('said');
  });
  const exited = once(child, 'close').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as string | null,
  }));
  return {
    folder,
    child,
    exited,
    output: () => ({ out, err }),
    says: async (pattern) => {
      const ended = exited.then(() => 'ended' as const);
      while (!pattern.test(err)) {
        const next = await Promise.race([once(child, 'said'), ended]);
        if (next === 'ended' && !pattern.test(err)) {
          throw new Error(`ended without saying ${String(pattern)}:\n${err}\n${out}`);
        }
      }
    },
    directory: async () => {
      const [name = ''] = await readdir(join(folder, 'runs'));
      return join(folder, 'runs', name);
    },
    remove: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await exited;
      await rm(folder, { recursive: true });
    },
  };
}
