import { spawn } from 'node:child_process';
import { execa } from 'execa';

/** Two network namespaces joined by a veth pair; the peer can stop answering. */
export type NamespacePair = {
  /** Where to ping from, and what. */
  readonly netns: string;
  readonly host: string;
  /** The peer drops what comes (true), or takes it again. Resolves with monotonic times (ns) between which that took effect. */
  readonly drop: (on: boolean) => Promise<Interval>;
  readonly remove: () => Promise<void>;
};

export type Interval = { readonly from: bigint; readonly to: bigint };

const HOST = '10.83.0.2';

/** Needs root, iproute2 and nftables. */
export async function makeNamespacePair(): Promise<NamespacePair> {
  const tag = String(process.pid);
  const [near, far] = [`rp-bench-n-${tag}`, `rp-bench-f-${tag}`];
  const removeBoth = async () => {
    for (const name of [near, far]) await execa('ip', ['netns', 'del', name], { reject: false });
  };
  try {
    for (const command of [
      `netns add ${near}`,
      `netns add ${far}`,
      `-n ${near} link add n0 type veth peer name f0 netns ${far}`,
      `-n ${near} addr add 10.83.0.1/24 dev n0`,
      `-n ${far} addr add ${HOST}/24 dev f0`,
      `-n ${near} link set n0 up`,
      `-n ${far} link set f0 up`,
    ]) {
      await execa('ip', command.split(' '));
    }
  } catch (error) {
    await removeBoth();
    throw error;
  }
  const nft = startNft(far);
  await nft.run(
    'add table ip bench\nadd chain ip bench answer\nadd chain ip bench in { type filter hook input priority 0; }',
  );
  return {
    netns: near,
    host: HOST,
    drop: async (on) => {
      const from = process.hrtime.bigint();
      await nft.run(
        on ? 'add rule ip bench in icmp type echo-request drop' : 'flush chain ip bench in',
      );
      return { from, to: process.hrtime.bigint() };
    },
    remove: async () => {
      await nft.end();
      await removeBoth();
    },
  };
}

/** One nft that lives as long as the namespace is used: a command takes about a millisecond, a new process would take ten. */
function startNft(netns: string) {
  const child = spawn('ip', ['netns', 'exec', netns, 'nft', '-i'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => {
      resolve();
    });
  });
  let text = '';
  let answered = () => {};
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    // The listing of a chain ends with two brackets; it comes when what was said before is done.
    if (!/\}\n\}\n$/.test(text)) return;
    text = '';
    answered();
  });
  return {
    run: (commands: string) =>
      new Promise<void>((resolve) => {
        answered = resolve;
        child.stdin.write(`${commands}\nlist chain ip bench answer\n`);
      }),
    end: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
