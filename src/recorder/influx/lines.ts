import { Buffer } from 'node:buffer';

/** Lines of line protocol as bytes, as they are sent: outside of the heap, where ten thousand texts would keep the garbage collector busy. */
export type Lines = {
  readonly count: number;
  /** Lines `from` to before `to`, joined by newlines. */
  readonly bytes: (from: number, to: number) => Uint8Array;
  readonly text: (line: number) => string;
};

/** Bytes of a line, about: a buffer for so many is made at first, and grows. */
const LINE_BYTES = 256;

/** Collects lines; a line has no newline in it. */
export function collectLines(expected: number): {
  readonly add: (line: string) => void;
  readonly count: () => number;
  readonly finish: () => Lines;
} {
  let buffer = Buffer.allocUnsafe(Math.max(1, expected) * LINE_BYTES);
  let end = 0;
  /** Where each line begins. */
  const starts: number[] = [];
  return {
    add: (line) => {
      // UTF-8 takes at most three bytes for each UTF-16 unit, and one more ends the line.
      const room = end + line.length * 3 + 1;
      if (room > buffer.length) {
        const grown = Buffer.allocUnsafe(Math.max(room, 2 * buffer.length));
        buffer.copy(grown, 0, 0, end);
        buffer = grown;
      }
      starts.push(end);
      end += buffer.write(line, end);
      buffer[end++] = NEWLINE;
    },
    count: () => starts.length,
    finish: () => {
      const bytes = (from: number, to: number) =>
        buffer.subarray(starts[from] ?? end, (starts[to] ?? end) - 1);
      return {
        count: starts.length,
        bytes,
        text: (line) => bytes(line, line + 1).toString(),
      };
    },
  };
}

const NEWLINE = 10;
