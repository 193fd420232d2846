import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, isAbsolute, join } from 'node:path';
import { execa } from 'execa';
import { built } from '../shared/built.ts';

/** Another program that sends HTTP requests, as one calls it. */
export type Peer = { readonly command: string; readonly arguments: readonly string[] };

export type Load = {
  readonly url: string;
  /** Of all connections together. wrk knows no rate: it goes as fast as it can. */
  readonly perSecond: number;
  readonly connections: number;
  readonly seconds: number;
  /** Each request on a connection of its own. */
  readonly fresh: boolean;
};

const autocannonMain = createRequire(import.meta.url).resolve('autocannon');

/** Prints one JSON object at its end. */
export function autocannon(load: Load, options: readonly string[] = []): Peer {
  const { url, perSecond, connections, seconds, fresh } = load;
  return {
    command: process.execPath,
    arguments: [
      autocannonMain,
      '--json',
      '--no-progress',
      ...['-c', String(connections), '-R', String(perSecond), '-d', String(seconds)],
      ...(fresh ? ['-D', '1'] : []),
      ...options,
      url,
    ],
  };
}

/** Its requests spread over the second (autocannon-spread.ts). Prints nothing. */
export const spreadAutocannon = ownProgram('http/autocannon-spread');

/** What no program on Node can be cheaper than whose requests are spread over the second (bare-sockets.ts). Prints nothing. */
export const bareSockets = ownProgram('http/bare-sockets');

function ownProgram(name: string): (load: Load) => Peer {
  return ({ url, perSecond, seconds, fresh }) => ({
    command: process.execPath,
    arguments: [
      ...[built(name), url, String(perSecond), String(seconds)],
      ...(fresh ? ['fresh'] : []),
    ],
  });
}

/** Prints a summary at its end. */
export function hey({ url, perSecond, connections, seconds, fresh }: Load): Peer {
  return {
    command: 'hey',
    arguments: [
      ...['-c', String(connections), '-z', `${String(seconds)}s`],
      ...['-q', String(perSecond / connections)],
      ...(fresh ? ['-disable-keepalive'] : []),
      url,
    ],
  };
}

export function wrk({ url, connections, seconds, fresh }: Load): Peer {
  return {
    command: 'wrk',
    arguments: [
      ...['-t', '1', '-c', String(connections), '-d', `${String(seconds)}s`, '--latency'],
      ...(fresh ? ['-H', 'Connection: close'] : []),
      url,
    ],
  };
}

/** The same at the priority that our measuring threads give themselves (src/platform/priority.ts). */
export function raised(peer: Peer): Peer {
  return { command: 'nice', arguments: ['-n', '-14', peer.command, ...peer.arguments] };
}

/** Whether its program is there: hey and wrk are measured where they are installed. */
export function isInstalled({ command }: Peer): boolean {
  if (isAbsolute(command)) return true;
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.some((folder) => existsSync(join(folder, command)));
}

/** For a table. */
export function nameIn(name: string, measured: boolean): string {
  return measured ? name : `${name} (not installed)`;
}

export type RunningPeer = {
  readonly pid: number;
  /** What it printed, when it has ended by itself. Throws with what it wrote to stderr when it failed. */
  readonly output: () => Promise<string>;
  readonly kill: () => Promise<void>;
};

export function startPeer({ command, arguments: list }: Peer): RunningPeer {
  const child = execa(command, list, { reject: false, maxBuffer: 1e9 });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} did not start`);
  return {
    pid,
    output: async () => {
      const { exitCode, stdout, stderr } = await child;
      if (exitCode !== 0) throw new Error(`${command}: ${stderr}`);
      return stdout;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await child;
    },
  };
}
