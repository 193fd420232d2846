import { fork } from 'node:child_process';
import type { Readable } from 'node:stream';
import { type Transferable, Worker } from 'node:worker_threads';

/** A module running apart from this thread, and the messages between: structured clones, in order. */
export type WorkerHandle = {
  /** Of a child process; null for a thread. */
  readonly pid: number | null;
  readonly post: (message: unknown) => void;
  /** Ends it at once. */
  readonly kill: () => void;
};

export type WorkerListener = {
  readonly message: (message: unknown) => void;
  /** Called once, also after `kill`. `why` ends with what it last wrote to stderr. */
  readonly exit: (why: string) => void;
};

/** Starts `module` in a worker thread, or in a child process for code that cannot live in a thread. */
export function startWorker(
  module: URL,
  isolation: 'thread' | 'process',
  listener: WorkerListener,
): WorkerHandle {
  return isolation === 'thread' ? startThread(module, listener) : startProcess(module, listener);
}

function startThread(module: URL, listener: WorkerListener): WorkerHandle {
  const worker = new Worker(module, { stdout: true, stderr: true });
  const lastWords = tail(worker.stderr);
  worker.stdout.resume();
  let error = '';
  worker.on('message', listener.message);
  worker.on('error', (thrown: unknown) => {
    error = thrown instanceof Error ? thrown.message : String(thrown);
  });
  worker.on('exit', (code) => {
    listener.exit(describe(`exit code ${String(code)}`, error, lastWords()));
  });
  return {
    pid: null,
    post: (message) => {
      worker.postMessage(message);
    },
    kill: () => void worker.terminate(),
  };
}

function startProcess(module: URL, listener: WorkerListener): WorkerHandle {
  const child = fork(module, [], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const lastWords = child.stderr === null ? () => '' : tail(child.stderr);
  let error = '';
  let ended = false;
  const exit = (how: string) => {
    if (ended) return;
    ended = true;
    listener.exit(describe(how, error, lastWords()));
  };
  child.on('message', listener.message);
  child.on('error', (thrown) => {
    error = thrown.message;
    if (child.pid === undefined) exit('not started');
  });
  child.on('exit', (code, signal) => {
    exit(signal === null ? `exit code ${String(code)}` : `ended by ${signal}`);
  });
  return {
    pid: child.pid ?? null,
    post: (message) => {
      // A message to one that has just ended is as lost as it is; its end is reported by `exit`.
      if (child.connected) child.send(message as object, () => undefined);
    },
    kill: () => void child.kill('SIGKILL'),
  };
}

/** Keeps the last 2,000 characters of a stream. */
function tail(stream: Readable): () => string {
  let text = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    text = (text + chunk).slice(-2000);
  });
  return () => text.trim();
}

function describe(how: string, error: string, lastWords: string): string {
  return [how, error, lastWords].filter((part) => part !== '').join(': ');
}

/** The worker's own end of the messages. */
export type WorkerPort = {
  readonly post: (message: unknown, transfer?: readonly ArrayBuffer[]) => void;
};

/**
 * Inside a worker: takes what the host posts. A child process ends when its parent does, and leaves SIGINT and SIGTERM
 * (which a terminal sends to the whole group) to its parent.
 */
export async function workerPort(onMessage: (message: unknown) => void): Promise<WorkerPort> {
  const { parentPort } = await import('node:worker_threads');
  if (parentPort !== null) {
    parentPort.on('message', onMessage);
    return {
      post: (message, transfer = []) => {
        parentPort.postMessage(message, transfer as readonly Transferable[] as Transferable[]);
      },
    };
  }
  process.on('message', onMessage);
  process.on('disconnect', () => process.exit(1));
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => undefined);
  return {
    post: (message) => {
      if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
    },
  };
}
