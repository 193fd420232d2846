import type { Lines } from './lines.ts';
import type { WriteAnswer } from './store.ts';

/** What became of the lines of a batch: the first `settled` of them were taken or refused. */
export type Delivery = {
  readonly settled: number;
  /** Lines among them that the store will not take, by their index; `message` has its words. */
  readonly refused: readonly { readonly index: number; readonly message: string }[];
  /** Lines before this were in a request that the store answered, with whatever. */
  readonly answered: number;
  /** How many times halving came to an end, at one line or at several that were all refused. */
  readonly isolated: number;
  /** What ended it before the last line; null when all are settled. */
  readonly blocked: WriteAnswer | null;
  /** As many lines as the store took at once, where it said that a request was too large. */
  readonly mostLines: number | null;
};

/**
 * Sends lines, in order and as few requests as the store allows. Lines that it refuses are isolated by halving what was refused until one line stands alone: a
 * store does not say which of several it was, and takes again what it has already. Where it says that it dropped as many lines as
 * were sent, all are refused without it.
 *
 * It gives up (`blocked` by the refusal) after `mostIsolated` of these: then something is wrong with the bucket, not with a line.
 */
export async function deliver(
  lines: Lines,
  write: (lines: Uint8Array) => Promise<WriteAnswer>,
  mostIsolated: number,
): Promise<Delivery> {
  const refused: { index: number; message: string }[] = [];
  let isolated = 0;
  let answered = 0;
  let mostLines: number | null = null;
  // What is still to be sent, the first on top.
  const ranges: { from: number; to: number }[] = [{ from: 0, to: lines.count }];
  for (let range = ranges.pop(); range !== undefined; range = ranges.pop()) {
    const { from, to } = range;
    const answer = await write(lines.bytes(from, to));
    if (answer.kind !== 'unreachable') answered = Math.max(answered, to);
    if (answer.kind === 'accepted') continue;
    const size = to - from;
    const all = answer.kind === 'refused' && answer.dropped === size;
    if (answer.kind !== 'refused' && answer.kind !== 'too-large') {
      return { settled: from, answered, refused, isolated, blocked: answer, mostLines };
    }
    if (all || size === 1) {
      for (let index = from; index < to; index++) refused.push({ index, message: answer.message });
      if (size < lines.count || size === 1) isolated++;
      if (isolated >= mostIsolated) {
        return { settled: to, answered, refused, isolated, blocked: answer, mostLines };
      }
      continue;
    }
    const middle = from + Math.ceil(size / 2);
    if (answer.kind === 'too-large') mostLines = middle - from;
    ranges.push({ from: middle, to }, { from, to: middle });
  }
  return { settled: lines.count, answered, refused, isolated, blocked: null, mostLines };
}
