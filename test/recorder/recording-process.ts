import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const CHILD = fileURLToPath(new URL('fixtures/recording-child.ts', import.meta.url));
const BURST = 100;
/** What is older than a second is on disk (docs/run-file.md); twice that, for a machine that is busy. */
const OLD_NS = 2_000_000_000n;

/** Another process that records into the run file at `path`; resolves when its first samples are old enough to be on disk: `onDisk` of them at least. */
export async function startRecording(
  path: string,
): Promise<{ readonly onDisk: number; readonly kill: () => Promise<void> }> {
  const args = ['--import', './test/loader.mjs', CHILD, `${path}=${String(BURST)}`];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const kill = async () => {
    child.kill('SIGKILL');
    await exited;
  };
  let first: { readonly samples: number; readonly at: bigint } | null = null;
  for await (const line of createInterface({ input: child.stdout })) {
    const [, samples = '', at = ''] = line.split(' ');
    if (!/^\d+$/.test(at)) break;
    first ??= { samples: Number(samples), at: BigInt(at) };
    if (BigInt(at) - first.at < OLD_NS) continue;
    child.stdout.resume();
    return { onDisk: first.samples, kill };
  }
  await kill();
  throw new Error('the recording process did not record');
}
