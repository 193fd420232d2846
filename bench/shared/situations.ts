import { type ChildProcess, spawn } from 'node:child_process';

/** What else the machine, or the rest of the measuring process, is doing. */
export const SITUATIONS = ['idle', 'held', 'busy'] as const;
export type Situation = (typeof SITUATIONS)[number];

export const SITUATION_TEXT: Readonly<Record<Situation, string>> = {
  idle: 'idle machine',
  held: 'main thread held 200 ms in every 300',
  busy: 'two busy processes on the machine',
};

const HELD_MS = 200;
const PERIOD_MS = 300;
const HOLD = `setInterval(() => { const end = performance.now() + ${String(HELD_MS)}; while (performance.now() < end); }, ${String(PERIOD_MS)});`;

/** Holds the calling thread 200 ms in every 300 until the returned function is called. */
export function holdMainThread(): () => void {
  const timer = setInterval(() => {
    const end = performance.now() + HELD_MS;
    while (performance.now() < end);
  }, PERIOD_MS);
  return () => {
    clearInterval(timer);
  };
}

/** A process that is held as a main thread would be: the same load, for a program that has no main thread to hold. */
export function startHolder(): () => void {
  return endOf(spawn(process.execPath, ['-e', HOLD], { stdio: 'ignore' }));
}

/** Two processes that never rest, at ordinary priority. */
export function startBusyProcesses(): () => void {
  const ends = [0, 1].map(() =>
    endOf(spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' })),
  );
  return () => {
    for (const end of ends) end();
  };
}

function endOf(child: ChildProcess): () => void {
  const end = () => {
    child.kill('SIGKILL');
  };
  process.once('exit', end);
  return () => {
    process.off('exit', end);
    end();
  };
}
