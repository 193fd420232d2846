import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { messageOf } from '../errors/coded-error.ts';
import { after } from './timers.ts';

export type CommandOrder = {
  readonly argv: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string | null;
  /** Null: as long as it takes. */
  readonly timeoutMs: number | null;
  /** Between SIGTERM and SIGKILL. */
  readonly graceMs: number;
  readonly signal: AbortSignal;
  readonly onLine: (stream: 'stdout' | 'stderr', line: string) => void;
};

export type CommandEnd =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'killed'; readonly signal: string }
  | { readonly kind: 'timed-out' }
  | { readonly kind: 'aborted' }
  | { readonly kind: 'not-started'; readonly why: string };

/** Output still in the pipes after the command's own end is read for this long: what it left in the background may hold them open. */
const DRAIN_MS = 500;

/**
 * Runs a program in a process group of its own, without a shell and without stdin, its output line by line. On abort or timeout the
 * whole group gets SIGTERM, then SIGKILL. Resolves when the program has ended; never rejects.
 */
export async function runCommand(order: CommandOrder): Promise<CommandEnd> {
  const [file, ...args] = order.argv;
  const child = execa(file, args, {
    env: { ...order.env },
    extendEnv: false,
    ...(order.cwd === null ? {} : { cwd: order.cwd }),
    stdin: 'ignore',
    buffer: false,
    reject: false,
    detached: true,
    cleanup: true,
  });
  const { pid } = child;
  if (pid === undefined) {
    const { originalMessage, cause } = await child;
    return { kind: 'not-started', why: originalMessage ?? messageOf(cause) };
  }
  // However this process ends (a second SIGINT, a bug): no upgrade goes on with nobody watching.
  const orphaned = () => {
    signalGroup(pid, 'SIGKILL');
  };
  process.on('exit', orphaned);
  const readers = (['stdout', 'stderr'] as const).map((name) => {
    const lines = createInterface({ input: child[name] });
    lines.on('line', (line) => {
      order.onLine(name, line);
    });
    return { lines, closed: once(lines, 'close') };
  });
  let ended: 'timed-out' | 'aborted' | null = null;
  let sureKill = () => {};
  const end = (why: 'timed-out' | 'aborted') => {
    if (ended !== null) return;
    ended = why;
    signalGroup(pid, 'SIGTERM');
    sureKill = after(order.graceMs, () => {
      signalGroup(pid, 'SIGKILL');
    });
  };
  const abort = () => {
    end('aborted');
  };
  order.signal.addEventListener('abort', abort);
  if (order.signal.aborted) abort();
  const timer =
    order.timeoutMs === null
      ? () => {}
      : after(order.timeoutMs, () => {
          end('timed-out');
        });
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  process.off('exit', orphaned);
  timer();
  order.signal.removeEventListener('abort', abort);
  const giveUp = after(DRAIN_MS, () => {
    for (const { lines } of readers) lines.close();
    child.stdout.destroy();
    child.stderr.destroy();
  });
  await Promise.allSettled(readers.map(({ closed }) => closed));
  giveUp();
  sureKill();
  const why = ended as 'timed-out' | 'aborted' | null;
  if (why !== null) {
    // The program is gone; what it started and left behind goes too.
    signalGroup(pid, 'SIGKILL');
    return { kind: why };
  }
  return code === null ? { kind: 'killed', signal: signal ?? 'unknown' } : { kind: 'exited', code };
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is gone already.
  }
}
