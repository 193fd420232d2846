import type { MemorySample } from './engine-run.ts';
import { markdownTable } from './markdown-table.ts';
import type { MustHold } from './must-hold.ts';
import { median } from './quantiles.ts';

export type MemorySeries = { readonly what: string; readonly values: readonly number[] };

const MIB = 2 ** 20;
/** The last third may have grown by so much over the first: the collector's grain. */
const FLAT = { times: 1.05, bytes: MIB };

/** What was looked at in a run, apart: the process, its main thread, each worker thread. Throws when no worker reported. */
export function memorySeries(memory: readonly MemorySample[]): readonly MemorySeries[] {
  const threads = new Set(memory.flatMap(({ heaps }) => Object.keys(heaps)));
  if (threads.size === 0) throw new Error('no worker thread reported its heap');
  return [
    { what: 'RSS of the process less the figures', values: memory.map(({ rss }) => rss) },
    { what: 'heap of the main thread', values: memory.map(({ main }) => main) },
    ...[...threads].map((thread) => ({
      what: `heap of worker thread ${thread}`,
      values: memory.flatMap(({ heaps }) => heaps[thread] ?? []),
    })),
  ];
}

export function printMemory(series: readonly MemorySeries[]): void {
  console.log(`\nMemory (MiB, after a collection, medians)\n`);
  console.log(
    markdownTable([
      ['of', 'first third', 'middle third', 'last third'],
      ...series.map(({ what, values }) => [
        what,
        ...[0, 1, 2].map((part) => (third(values, part) / MIB).toFixed(2)),
      ]),
    ]),
  );
}

/** The promise that memory is flat, for each series. */
export function flatMemory(where: string, series: readonly MemorySeries[]): readonly MustHold[] {
  return series.map(({ what, values }): MustHold => {
    const [first, last] = [third(values, 0), third(values, 2)];
    return {
      what: `${where}: memory flat, ${what}`,
      figure: `${(first / MIB).toFixed(2)} MiB in the first third, ${(last / MIB).toFixed(2)} in the last`,
      holds: last <= Math.max(first * FLAT.times, first + FLAT.bytes),
    };
  });
}

function third(values: readonly number[], part: number): number {
  const length = values.length / 3;
  return median(values.slice(Math.floor(part * length), Math.floor((part + 1) * length)));
}
