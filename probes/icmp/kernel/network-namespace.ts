import { CodedError } from '../../../src/errors/coded-error.ts';
import type { Libc } from '../../../src/platform/libc.ts';
import * as linux from './linux.ts';

/** Where `ip netns` keeps them. */
const FOLDER = '/run/netns';
const OWN = '/proc/thread-self/ns/net';

/**
 * Does `what` with the calling thread in the network namespace; a socket stays in the one it was opened in. Must not wait: whatever else
 * runs in this thread would be in there too. Throws CodedError when the namespace cannot be entered.
 */
export function inNetworkNamespace<T>(libc: Libc, name: string | null, what: () => T): T {
  if (name === null) return what();
  const path = `${FOLDER}/${name}`;
  const other = libc.open(path);
  if (other < 0) throw cannotEnter(libc, name, -other);
  const own = libc.open(OWN);
  const entered = own < 0 ? own : libc.setNetworkNamespace(other);
  libc.close(other);
  if (entered < 0) {
    if (own >= 0) libc.close(own);
    throw cannotEnter(libc, name, -entered);
  }
  try {
    return what();
  } finally {
    // The right to enter is the right to return.
    libc.setNetworkNamespace(own);
    libc.close(own);
  }
}

function cannotEnter(libc: Libc, name: string, errno: number): CodedError {
  const permission = errno === linux.EPERM || errno === linux.EACCES;
  return new CodedError(
    permission ? 'icmp-not-permitted' : 'probe-config',
    `the network namespace ${name} cannot be entered: ${libc.describe(errno)}`,
    permission
      ? 'it takes the capability CAP_SYS_ADMIN: run as root'
      : '`ip netns list` shows those there are',
  );
}
