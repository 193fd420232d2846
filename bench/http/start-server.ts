import { fork } from 'node:child_process';
import { built } from '../shared/built.ts';
import type { Arrivals, ServerQuestion, Stall } from './server.ts';

export type Server = {
  readonly url: string;
  /** What came since this was last asked. */
  readonly arrivals: () => Promise<Arrivals>;
  /** Resolves when it stands no more, with monotonic times (ns) around the stall. */
  readonly stall: (ms: number) => Promise<{ readonly from: bigint; readonly to: bigint }>;
  /** Resolves when it is gone. */
  readonly end: () => Promise<void>;
};

async function startServer(): Promise<Server> {
  const child = fork(built('http/server'), {
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const end = () => {
    child.kill('SIGKILL');
  };
  process.once('exit', end);
  const next = async () =>
    new Promise<unknown>((resolve, reject) => {
      child.once('message', resolve);
      child.once('exit', () => {
        reject(new Error('the server ended'));
      });
    });
  const ask = async (question: ServerQuestion): Promise<unknown> => {
    child.send(question);
    return next();
  };
  const { port } = (await next()) as { readonly port: number };
  return {
    url: `http://127.0.0.1:${String(port)}/v3`,
    arrivals: async () => (await ask({ ask: 'arrivals' })) as Arrivals,
    stall: async (ms) => {
      const { from, to } = (await ask({ ask: 'stall', ms })) as Stall;
      return { from: BigInt(from), to: BigInt(to) };
    },
    end: async () => {
      process.off('exit', end);
      const gone = new Promise<void>((resolve) => {
        child.once('exit', () => {
          resolve();
        });
      });
      end();
      await gone;
    },
  };
}

export async function withServer<T>(use: (server: Server) => Promise<T>): Promise<T> {
  const server = await startServer();
  try {
    return await use(server);
  } finally {
    await server.end();
  }
}
