import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { built } from './built.ts';
import type { EngineRun, EngineRunOptions, Started } from './engine-run.ts';

export type StartOptions = EngineRunOptions & {
  /** Binds the whole process to one core. */
  readonly oneCore: boolean;
};

export type RunningEngine = Started & {
  /** Ends the schedule; resolves with the figures when every ping has its row. */
  readonly stop: () => Promise<EngineRun>;
};

/** Starts engine-run.ts and resolves when its schedule has begun. Throws with what it wrote to stderr. */
export async function startEngine({ oneCore, ...options }: StartOptions): Promise<RunningEngine> {
  const child = execa(
    oneCore ? 'taskset' : 'env',
    [
      ...(oneCore ? ['-c', '1'] : []),
      process.execPath,
      ...(options.memoryEveryMs > 0
        ? ['--expose-gc', '--import', built('shared/worker-heap')]
        : []),
      built('shared/engine-run'),
      JSON.stringify(options),
    ],
    { stdin: 'pipe', reject: false, buffer: { stdout: false } },
  );
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => {
    const line = await lines.next();
    if (line.done === true) throw new Error(`the engine's process ended: ${(await child).stderr}`);
    return JSON.parse(line.value);
  };
  const started = (await next()) as Started;
  return {
    ...started,
    stop: async () => {
      child.stdin.end();
      const run = (await next()) as EngineRun;
      await child;
      return run;
    },
  };
}

export async function runEngine(options: StartOptions, seconds: number): Promise<EngineRun> {
  const running = await startEngine(options);
  await new Promise((resolve) => setTimeout(resolve, options.warmUpMs + seconds * 1000));
  return running.stop();
}
