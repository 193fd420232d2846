import { join } from 'node:path';
import { markdownTable } from '../shared/markdown-table.ts';
import type { MustHold } from '../shared/must-hold.ts';
import { median } from '../shared/quantiles.ts';
import { writePlainTable } from './plain-table.ts';
import { recordFile } from './recorded-file.ts';
import { inScratch } from './scratch.ts';

/** Enough for several checkpoints of DuckDB. */
const ROWS = 1_000_000;
const TARGETS = [20, 2000] as const;

/** How fast the recorder and the peer write the same samples, in turns, and what they take on disk. */
export async function compareWriting({ rounds }: { readonly rounds: number }) {
  const table: string[][] = [['writer', 'targets', 'samples/s', 'ratio', 'bytes a sample']];
  const holds: MustHold[] = [];
  for (const targets of TARGETS) {
    const ours: number[] = [];
    const plain: number[] = [];
    const ratios: number[] = [];
    let [ourBytes, plainBytes] = [0, 0];
    for (let round = 0; round < rounds; round++) {
      await inScratch(async (folder) => {
        const recorded = await recordFile(join(folder, 'run.duckdb'), targets, ROWS);
        const peer = await writePlainTable(join(folder, 'plain.duckdb'), targets, ROWS);
        ours.push(recorded.rows / recorded.seconds);
        plain.push(recorded.rows / peer.seconds);
        ratios.push(peer.seconds / recorded.seconds);
        ourBytes = recorded.bytes / recorded.rows;
        plainBytes = peer.bytes / recorded.rows;
      });
    }
    const rate = (values: readonly number[]) => Math.round(median(values)).toLocaleString('en');
    const bytes = (value: number) => value.toFixed(1);
    table.push(
      ['run file', String(targets), rate(ours), `${median(ratios).toFixed(1)}x`, bytes(ourBytes)],
      ['DuckDB appender, row by row', String(targets), rate(plain), '1.0x', bytes(plainBytes)],
    );
    holds.push({
      what: `${String(targets)} targets: recorded faster than by DuckDB's appender, row by row`,
      figure: `${median(ratios).toFixed(1)} times as fast`,
      holds: median(ratios) > 1,
    });
  }
  console.log(
    `\n${ROWS.toLocaleString('en')} samples as fast as they are taken (medians of ${String(rounds)} rounds)\n`,
  );
  console.log(markdownTable(table));
  return holds;
}
