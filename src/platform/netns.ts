import { readdir } from 'node:fs/promises';
import { execa } from 'execa';
import { CodedError } from '../errors/coded-error.ts';
import { isAlive } from './process-tree.ts';

/** A machine of its own on this host: one address in a network namespace, reached over a veth pair. */
export type NetworkMachine = {
  readonly address: string;
  /** Drops what it sends to this host (true), or lets it pass again. Its packets vanish; nobody is told. */
  readonly blackhole: (on: boolean) => Promise<void>;
  readonly remove: () => Promise<void>;
};

const PREFIX = 'rollproof-lab-';

/**
 * Makes one with a link-local address, from which nothing is routed anywhere. Names carry our pid; those that an earlier
 * process left behind are removed first. Throws `internal` with what `ip` said.
 */
export async function makeNetworkMachine(): Promise<NetworkMachine> {
  await removeAbandoned();
  const id = Math.floor(Math.random() * 0x10000);
  const tag = `${process.pid.toString(36)}${id.toString(36)}`.slice(-9);
  const namespace = `${PREFIX}${String(process.pid)}-${id.toString(16)}`;
  const [host, guest] = [`rp${tag}h`, `rp${tag}g`];
  // 169.254.1.0 to 169.254.254.255 is for us to use (RFC 3927); each /30 has two addresses.
  const third = 1 + (id % 254);
  const fourth = ((id >> 8) % 64) * 4;
  const near = `169.254.${String(third)}.${String(fourth + 1)}`;
  const address = `169.254.${String(third)}.${String(fourth + 2)}`;
  const remove = async () => {
    // The host's end goes with its peer, some time after: it is removed by name so that it is gone when we return.
    await execa('ip', ['link', 'del', host], { reject: false });
    await execa('ip', ['netns', 'del', namespace], { reject: false });
  };
  try {
    await ip('netns', 'add', namespace);
    await ip('link', 'add', host, 'type', 'veth', 'peer', 'name', guest, 'netns', namespace);
    await ip('addr', 'add', `${near}/30`, 'dev', host);
    await ip('link', 'set', host, 'up');
    await ip('-n', namespace, 'addr', 'add', `${address}/30`, 'dev', guest);
    await ip('-n', namespace, 'link', 'set', 'lo', 'up');
    await ip('-n', namespace, 'link', 'set', guest, 'up');
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    address,
    remove,
    blackhole: async (on) => {
      await ip('-n', namespace, 'route', on ? 'add' : 'del', 'blackhole', `${near}/32`);
    },
  };
}

async function ip(...args: readonly string[]): Promise<void> {
  const { failed, stderr } = await execa('ip', args, { reject: false });
  if (failed) {
    throw new CodedError('internal', `ip ${args.join(' ')}: ${stderr}`, 'is iproute2 installed?');
  }
}

async function removeAbandoned(): Promise<void> {
  const names = await readdir('/run/netns').catch(() => []);
  for (const name of names) {
    const pid = Number(/^rollproof-lab-(\d+)-/.exec(name)?.[1]);
    if (pid > 0 && !isAlive(pid)) await execa('ip', ['netns', 'del', name], { reject: false });
  }
}
