import { endianness } from 'node:os';
import { CodedError, messageOf } from '../errors/coded-error.ts';

/** The byte order of this machine, for DataView. */
export const LITTLE_ENDIAN = endianness() === 'LE';

/**
 * System calls of Linux, in the calling thread and blocking it. Memory is given as typed arrays, which the kernel reads and writes in
 * place; a `Long` is an address or a size inside such memory. Every call answers −errno instead of failing.
 */
export type Libc = {
  readonly socket: (domain: number, type: number, protocol: number) => number;
  readonly setsockopt: (fd: number, level: number, option: number, value: Uint8Array) => number;
  readonly getsockopt: (fd: number, level: number, option: number, value: Uint8Array) => number;
  readonly bind: (fd: number, address: Uint8Array) => number;
  /** `headers`: struct mmsghdr[count]. How many were sent; fewer than `count` when one of them could not be. */
  readonly sendmmsg: (fd: number, headers: Uint8Array, count: number, flags: number) => number;
  /** How many were received. */
  readonly recvmmsg: (fd: number, headers: Uint8Array, count: number, flags: number) => number;
  /** Writes a struct timespec of two 64-bit words. */
  readonly clockGettime: (clock: number, into: Uint8Array) => number;
  /** Sleeps until an absolute time of the clock; sooner when a signal comes. */
  readonly sleepUntil: (clock: number, timespec: Uint8Array) => number;
  /** How late the kernel may end a sleep of this thread, ns. Linux starts threads with 50 µs. */
  readonly setTimerSlack: (ns: number) => number;
  readonly open: (path: string) => number;
  readonly close: (fd: number) => number;
  /** Moves the calling thread alone into a network namespace. */
  readonly setNetworkNamespace: (fd: number) => number;
  /** `eth0` → its number in the namespace of the calling thread; 0 when there is none. */
  readonly interfaceIndex: (name: string) => number;
  /** Where the memory of a typed array is. It must be kept referenced for as long as the address is used. */
  readonly address: (memory: ArrayBuffer) => bigint;
  /** `ENETUNREACH` → `Network is unreachable`. */
  readonly describe: (errno: number) => string;
};

/** Machines whose C structures are those that the callers lay out: 64-bit longs and pointers. */
const ARCHITECTURES = ['x64', 'arm64', 'riscv64', 'loong64', 'ppc64', 's390x'];

const O_RDONLY_CLOEXEC = 0o2000000;
const TIMER_ABSTIME = 1;
const CLONE_NEWNET = 0x4000_0000;
const PR_SET_TIMERSLACK = 29;
const EINTR = 4;

/** Loads koffi and the C library that Node itself runs on. Throws `probe-config` with the reason where that is not possible. */
export async function loadLibc(): Promise<Libc> {
  try {
    if (process.platform !== 'linux') throw new Error(`this system is ${process.platform}`);
    if (!ARCHITECTURES.includes(process.arch)) throw new Error(`no layout for ${process.arch}`);
    return bindLibc((await import('koffi')).default);
  } catch (error) {
    throw new CodedError(
      'probe-config',
      `system calls of Linux cannot be made from here: ${messageOf(error).split('\n')[0] ?? ''}`,
      'koffi is installed with its binary for this machine by `npm install --include=optional`',
      error,
    );
  }
}

function bindLibc(koffi: typeof import('koffi').default): Libc {
  // Null: the libraries this process has loaded already, whatever C library it is.
  const library = koffi.load(null);
  const bind = (prototype: string) => {
    const call = library.func(prototype) as (...args: readonly unknown[]) => number;
    return (...args: readonly unknown[]): number => {
      const result = call(...args);
      return result < 0 ? -koffi.errno() : result;
    };
  };
  const setsockopt = bind('int setsockopt(int, int, int, void *, uint32_t)');
  const getsockopt = bind('int getsockopt(int, int, int, void *, void *)');
  const bindAddress = bind('int bind(int, void *, uint32_t)');
  const open = bind('int open(const char *, int)');
  const setns = bind('int setns(int, int)');
  const prctl = bind('int prctl(int, unsigned long, unsigned long, unsigned long, unsigned long)');
  const strerror = library.func('const char *strerror(int)') as (errno: number) => string;
  // These answer the error itself or are called for every packet: without the wrapper's array of arguments.
  const clockGettime = library.func('int clock_gettime(int, void *)') as Libc['clockGettime'];
  const nanosleep = library.func('int clock_nanosleep(int, int, void *, void *)') as (
    clock: number,
    flags: number,
    until: Uint8Array,
    left: null,
  ) => number;
  const sendmmsg = library.func('int sendmmsg(int, void *, uint32_t, int)') as Libc['sendmmsg'];
  const recvmmsg = library.func('int recvmmsg(int, void *, uint32_t, int, void *)') as (
    fd: number,
    headers: Uint8Array,
    count: number,
    flags: number,
    timeout: null,
  ) => number;
  const length = new Uint8Array(4);
  return {
    socket: bind('int socket(int, int, int)'),
    setsockopt: (fd, level, option, value) => setsockopt(fd, level, option, value, value.length),
    getsockopt: (fd, level, option, value) => {
      new DataView(length.buffer).setUint32(0, value.length, LITTLE_ENDIAN);
      return getsockopt(fd, level, option, value, length);
    },
    bind: (fd, address) => bindAddress(fd, address, address.length),
    sendmmsg: (fd, headers, count, flags) => {
      const sent = sendmmsg(fd, headers, count, flags);
      return sent < 0 ? -koffi.errno() : sent;
    },
    recvmmsg: (fd, headers, count, flags) => {
      const received = recvmmsg(fd, headers, count, flags, null);
      return received < 0 ? -koffi.errno() : received;
    },
    clockGettime,
    sleepUntil: (clock, timespec) => {
      const errno = nanosleep(clock, TIMER_ABSTIME, timespec, null);
      return errno === EINTR ? 0 : -errno;
    },
    setTimerSlack: (ns) => prctl(PR_SET_TIMERSLACK, ns, 0, 0, 0),
    open: (path) => open(path, O_RDONLY_CLOEXEC),
    close: bind('int close(int)'),
    setNetworkNamespace: (fd) => setns(fd, CLONE_NEWNET),
    interfaceIndex: library.func('uint32_t if_nametoindex(const char *)') as (
      name: string,
    ) => number,
    address: (memory) => koffi.address(memory),
    describe: (errno) => strerror(errno),
  };
}
