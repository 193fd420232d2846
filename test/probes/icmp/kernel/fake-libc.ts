import type { Libc } from '../../../../src/platform/libc.ts';

/** No system at all: every call a test has no answer for fails as one that is not there (ENOSYS). */
export function fakeLibc(calls: Partial<Libc> = {}): Libc {
  const missing = () => -38;
  return {
    socket: missing,
    setsockopt: missing,
    getsockopt: missing,
    bind: missing,
    sendmmsg: missing,
    recvmmsg: missing,
    clockGettime: missing,
    sleepUntil: missing,
    setTimerSlack: missing,
    open: missing,
    close: missing,
    setNetworkNamespace: missing,
    interfaceIndex: () => 0,
    address: () => 0n,
    describe: (errno) => `errno ${String(errno)}`,
    ...calls,
  };
}
