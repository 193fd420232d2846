import { z } from 'zod';
import { duration } from '../contracts/scalars.ts';
import { type StepResult, stepKind } from '../contracts/step.ts';
import { formatDuration } from '../model/duration.ts';
import { NS_PER_MS } from '../model/time.ts';
import { type CommandEnd, runCommand } from '../platform/command.ts';

const argv = z
  .tuple([z.string().min(1)], z.string())
  .describe('The program and its arguments. There is no shell: for one, say [sh, -c, ...].');

const settings = z.strictObject({
  argv,
  env: z
    .record(z.string(), z.string())
    .prefault({})
    .describe("Environment variables on top of rollproof's own."),
  cwd: z.string().min(1).optional().describe('Directory to run it in. Default: the current one.'),
  timeout: duration({ positive: true })
    .optional()
    .describe('It is ended and the step has failed after this long. Default: no limit.'),
});
/** `command: [helm, upgrade, ...]` is short for `command: { argv: [helm, upgrade, ...] }`. */
const config = z.union([settings, argv.transform((list) => ({ argv: list, env: {} }))]);
type CommandConfig = z.infer<typeof settings>;

const GRACE_MS = 10_000;

export const command = stepKind<CommandConfig>({
  kind: 'command',
  summary:
    'Runs a program: helm, kolla-ansible, a script; `command: [helm, upgrade, ...]` for short. Its output goes to log.ndjson; anything but exit code 0 fails the step.',
  config,
  // Arguments may hold secrets, and the name of a step is written everywhere: the program alone.
  describe: (order) => `run ${programOf(order)}`,
  needsCluster: false,
  run: async (order, { env, log, signal, progress }) => {
    const program = programOf(order);
    progress(null, program);
    const end = await runCommand({
      argv: order.argv,
      env: { ...env, ...order.env },
      cwd: order.cwd ?? null,
      timeoutMs: order.timeout === undefined ? null : order.timeout / NS_PER_MS,
      graceMs: GRACE_MS,
      signal,
      onLine: (stream, line) => {
        log.info({ command: program, stream }, line);
        if (line.trim() !== '') progress(null, line);
      },
    });
    return resultOf(program, end, order.timeout ?? null);
  },
});

function programOf({ argv: [program] }: CommandConfig): string {
  return program.slice(program.lastIndexOf('/') + 1);
}

/** The output is not quoted: it may hold secrets, which only the log removes. */
function resultOf(program: string, end: CommandEnd, timeoutNs: number | null): StepResult {
  const failed = (why: string): StepResult => ({ result: 'failed', why: `${program} ${why}` });
  const see = '(its output is in log.ndjson)';
  switch (end.kind) {
    case 'exited':
      return end.code === 0
        ? { result: 'ok' }
        : failed(`ended with exit code ${String(end.code)} ${see}`);
    case 'killed':
      return failed(`was ended by ${end.signal} ${see}`);
    case 'timed-out':
      return failed(`did not end within ${formatDuration(timeoutNs ?? 0)} ${see}`);
    case 'aborted':
      return failed('was ended because the run was interrupted');
    case 'not-started':
      return failed(`could not be started: ${end.why}`);
  }
}
