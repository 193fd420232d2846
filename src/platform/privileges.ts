import { execa } from 'execa';

/** Whether this process may make a network namespace: root with CAP_SYS_ADMIN and iproute2 installed. It makes one and removes it. */
export async function canMakeNamespaces(): Promise<boolean> {
  if (process.getuid?.() !== 0) return false;
  const name = `rollproof-try-${String(process.pid)}`;
  const made = await execa('ip', ['netns', 'add', name], { reject: false });
  if (made.failed) return false;
  const removed = await execa('ip', ['netns', 'del', name], { reject: false });
  return !removed.failed;
}
