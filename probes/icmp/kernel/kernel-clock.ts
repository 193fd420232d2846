import { NS_PER_MS, NS_PER_S, type RunNs } from '../../../src/model/time.ts';
import { LITTLE_ENDIAN, type Libc } from '../../../src/platform/libc.ts';

/** The run's time, from the clock the kernel paces by, and the kernel's packet stamps brought onto it. */
export type KernelClock = {
  readonly now: () => RunNs;
  /** Blocks this thread until then. */
  readonly sleepUntil: (at: RunNs) => void;
  /**
   * Compares the wall clock, in which the kernel stamps packets, with the run's; to be called before stamps are read. False when the wall
   * clock was stepped since the last call: stamps from around the step mean nothing.
   */
  readonly compare: () => boolean;
  /** A stamp of the kernel → run ns. */
  readonly ofStamp: (seconds: number, nanoseconds: number) => RunNs;
};

const CLOCK_REALTIME = 0;
const CLOCK_MONOTONIC = 1;
/** Two readings further apart had something else between them. */
const BRACKET_NS = 2_000;
const TRIES = 5;
/** What comparing cannot resolve, and what a clock daemon may slew in a time: chrony's utmost is a twelfth. */
const STEP_NS = 20_000;
const SLEW = 1 / 12;

/** `now` is the run's clock as the rest of the process reads it; both are the monotonic clock of the machine. */
export function createKernelClock(libc: Libc, runNow: () => RunNs): KernelClock {
  const time = new DataView(new ArrayBuffer(16));
  const bytes = new Uint8Array(time.buffer);
  const [low, high] = LITTLE_ENDIAN ? [0, 4] : [4, 0];
  const seconds = () =>
    time.getInt32(high, LITTLE_ENDIAN) * 2 ** 32 + time.getUint32(low, LITTLE_ENDIAN);
  const nanoseconds = () => time.getUint32(8 + low, LITTLE_ENDIAN);

  libc.clockGettime(CLOCK_MONOTONIC, bytes);
  const bootBase = seconds();
  libc.clockGettime(CLOCK_REALTIME, bytes);
  const wallBase = seconds();
  const read = (clock: number, base: number) => {
    libc.clockGettime(clock, bytes);
    return (seconds() - base) * NS_PER_S + nanoseconds();
  };

  /** Monotonic minus run, from the narrowest of several brackets. */
  let shift = 0;
  let narrowest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 32; i++) {
    const before = read(CLOCK_MONOTONIC, bootBase);
    const run = runNow();
    const after = read(CLOCK_MONOTONIC, bootBase);
    if (after - before >= narrowest) continue;
    narrowest = after - before;
    shift = (before + after) / 2 - run;
  }

  /** Wall minus run. */
  let offset = Number.NaN;
  let comparedAt = 0;
  const now = () => read(CLOCK_MONOTONIC, bootBase) - shift;
  return {
    now,
    sleepUntil: (at) => {
      const until = at + shift;
      const whole = Math.floor(until / NS_PER_S);
      const total = bootBase + whole;
      time.setUint32(low, total, LITTLE_ENDIAN);
      time.setUint32(high, 0, LITTLE_ENDIAN);
      time.setUint32(8 + low, until - whole * NS_PER_S, LITTLE_ENDIAN);
      time.setUint32(8 + high, 0, LITTLE_ENDIAN);
      libc.sleepUntil(CLOCK_MONOTONIC, bytes);
    },
    compare: () => {
      const before = offset;
      let width = Number.POSITIVE_INFINITY;
      let at = 0;
      for (let i = 0; i < TRIES && width > BRACKET_NS; i++) {
        const start = now();
        const wall = read(CLOCK_REALTIME, wallBase);
        at = now();
        if (at - start >= width) continue;
        width = at - start;
        offset = wall - (start + at) / 2;
      }
      const allowed = STEP_NS + width + (at - comparedAt) * SLEW;
      comparedAt = at;
      return !(Math.abs(offset - before) > Math.min(allowed, 10 * NS_PER_MS));
    },
    ofStamp: (stampSeconds, stampNanoseconds) =>
      (stampSeconds - wallBase) * NS_PER_S + stampNanoseconds - offset,
  };
}
