import { join } from 'node:path';
import { markdownTable } from '../shared/markdown-table.ts';
import type { MustHold } from '../shared/must-hold.ts';
import { median } from '../shared/quantiles.ts';
import { recordFile } from './recorded-file.ts';
import { inScratch } from './scratch.ts';

/** Most runs probe far fewer targets than the other parts of this bench. */
const TARGETS = 200;
const DAY_ROWS = 2000 * 86_400;
const MIB = 2 ** 20;
/** The last third may have grown by so much over the first. */
const FLAT = { times: 1.05, bytes: 4 * MIB };

/** As many samples as a day at 2,000/s has, or fewer: whether memory stays flat, and what a day takes on disk. */
export async function measureLongRun(rows: number): Promise<readonly MustHold[]> {
  return await inScratch(async (folder) => {
    const rss: number[] = [];
    const recorded = await recordFile(join(folder, 'run.duckdb'), TARGETS, rows, () => {
      rss.push(process.memoryUsage.rss());
    });
    const third = (part: number) =>
      median(
        rss.slice(Math.floor((part * rss.length) / 3), Math.floor(((part + 1) * rss.length) / 3)),
      );
    const [first, last] = [third(0), third(2)];
    const bytes = recorded.bytes / recorded.rows;
    const day = (bytes * DAY_ROWS) / 1e9;
    console.log(`\n${recorded.rows.toLocaleString('en')} samples of ${String(TARGETS)} targets\n`);
    console.log(
      markdownTable([
        [
          'samples/s',
          'bytes a sample',
          'a day at 2,000/s',
          'RSS, MiB: first / middle / last third',
        ],
        [
          Math.round(recorded.rows / recorded.seconds).toLocaleString('en'),
          bytes.toFixed(2),
          `${day.toFixed(2)} GB`,
          [0, 1, 2].map((part) => (third(part) / MIB).toFixed(0)).join(' / '),
        ],
      ]),
    );
    return [
      {
        what: 'memory flat',
        figure: `${(first / MIB).toFixed(0)} MiB in the first third, ${(last / MIB).toFixed(0)} in the last`,
        holds: last <= Math.max(first * FLAT.times, first + FLAT.bytes),
      },
      {
        what: 'a day at 2,000 samples/s in 1.5 GB',
        figure: `${day.toFixed(2)} GB (${((100 * recorded.rows) / DAY_ROWS).toFixed(0)} % of it recorded)`,
        holds: day <= 1.5,
      },
    ];
  });
}
