import { CodedError } from '../errors/coded-error.ts';
import { type DurationNs, NS_PER_S } from '../model/time.ts';
import { freeBytes } from '../platform/files.ts';
import { every } from '../platform/timers.ts';

const MIB = 2 ** 20;
/** Left for the end of the run: DuckDB folds its log into the file, and the reports are written. */
const RESERVE_BYTES = 64 * MIB;
/** With less than this, or less than for so long at the pace at which it shrinks, a warning is given. */
const LOW_BYTES = 1024 * MIB;
const LOW_NS: DurationNs = 900 * NS_PER_S;
const LOOK_MS = 2000;
/** How much of the pace is the latest reading's: a burst of something else on the disk is no trend. */
const WEIGHT = 0.1;

export type DiskState =
  | { readonly kind: 'ample' }
  /** `leftNs`: until only the reserve is left, at the present pace; null when the disk does not fill. */
  | { readonly kind: 'low'; readonly leftNs: DurationNs | null }
  | { readonly kind: 'full' };

/** Bytes that are free, and by how many a second they become fewer → what that means for a run. */
export function diskState(free: number, bytesPerSecond: number): DiskState {
  const usable = free - RESERVE_BYTES;
  if (usable <= 0) return { kind: 'full' };
  const leftNs = bytesPerSecond > 0 ? (usable / bytesPerSecond) * NS_PER_S : null;
  const low = free < LOW_BYTES || (leftNs !== null && leftNs < LOW_NS);
  return low ? { kind: 'low', leftNs } : { kind: 'ample' };
}

export type DiskWatch = {
  /** What the live view says now; null while there is room. */
  readonly warning: () => string | null;
  readonly stop: () => void;
};

/**
 * Looks at the disk of a run every two seconds. `onLow` is told once each time that it becomes low; `onFull` once, while there is still room for the run to end in
 * order. Throws `run-directory` when it is full already.
 */
export async function watchDisk(
  folder: string,
  on: {
    readonly onLow: (message: string) => void;
    readonly onFull: (error: CodedError) => void;
  },
): Promise<DiskWatch> {
  let before = await freeBytes(folder);
  if (before !== null && diskState(before, 0).kind === 'full') throw full(folder, before);
  let pace = 0;
  let warning: string | null = null;
  let over = false;

  const look = (free: number) => {
    const shrunk = ((before ?? free) - free) / (LOOK_MS / 1000);
    pace = pace * (1 - WEIGHT) + shrunk * WEIGHT;
    before = free;
    const state = diskState(free, pace);
    switch (state.kind) {
      case 'ample':
        warning = null;
        return;
      case 'low': {
        const isNew = warning === null;
        warning = lowText(free, state.leftNs);
        if (isNew) on.onLow(`${folder}: ${warning}`);
        return;
      }
      case 'full':
        over = true;
        warning = `the disk is full: ${megabytes(free)} free`;
        on.onFull(full(folder, free));
    }
  };
  if (before !== null) look(before);
  const stop = every(LOOK_MS, () => {
    if (over) return;
    void freeBytes(folder).then((free) => {
      if (free !== null && !over) look(free);
    });
  });
  return { warning: () => warning, stop };
}

function lowText(free: number, leftNs: DurationNs | null): string {
  const left = leftNs === null ? '' : `, for ${minutes(leftNs)} at this pace`;
  return `the disk of the run is nearly full: ${megabytes(free)} free${left}`;
}

function full(folder: string, free: number): CodedError {
  return new CodedError(
    'run-directory',
    `${folder}: the disk is full: ${megabytes(free)} free, and ${megabytes(RESERVE_BYTES)} are kept to end a run in order`,
    'make room on that disk or give another --out',
  );
}

function megabytes(bytes: number): string {
  return `${String(Math.floor(bytes / MIB))} MiB`;
}

function minutes(ns: DurationNs): string {
  const whole = Math.floor(ns / (60 * NS_PER_S));
  if (whole < 1) return 'less than a minute';
  return whole < 120 ? `${String(whole)} min` : `${String(Math.floor(whole / 60))} h`;
}
