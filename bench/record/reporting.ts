import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { markdownTable } from '../shared/markdown-table.ts';
import type { MustHold } from '../shared/must-hold.ts';
import { median } from '../shared/quantiles.ts';
import { copyToPlainTable, foldPlainTable } from './plain-table.ts';
import { recordFile } from './recorded-file.ts';
import { inScratch } from './scratch.ts';

const ROWS = 10_000_000;
const TARGETS = 2000;
const LIMITS = { bytes: 10, seconds: 6, megabytes: 600 };
const ROLLPROOF = fileURLToPath(new URL('../../bin/rollproof.js', import.meta.url));

/** `rollproof report` of ten million samples, as built (npm run build), beside what DuckDB takes over a plain table of them. */
export async function measureReporting({ rounds }: { readonly rounds: number }) {
  return await inScratch(async (folder): Promise<readonly MustHold[]> => {
    const path = join(folder, 'run.duckdb');
    const recorded = await recordFile(path, TARGETS, ROWS);
    const plainPath = join(folder, 'plain.duckdb');
    const plainBytes = (await copyToPlainTable(path, plainPath)) / ROWS;
    const reports: Report[] = [];
    const folds: number[] = [];
    const views: number[] = [];
    for (let round = 0; round < rounds; round++) {
      reports.push(await report(path));
      folds.push(await foldPlainTable(plainPath));
      views.push(await askOutages(path));
    }
    const bytes = recorded.bytes / recorded.rows;
    const seconds = median(reports.map((one) => one.seconds));
    const cpuSeconds = median(reports.map((one) => one.cpuSeconds));
    const megabytes = Math.max(...reports.map((one) => one.megabytes));
    console.log(
      `\n${ROWS.toLocaleString('en')} samples of ${TARGETS.toLocaleString('en')} targets (medians of ${String(rounds)} rounds)\n`,
    );
    console.log(
      markdownTable([
        ['', 'bytes a sample', 's', 'CPU s', 'MB'],
        [
          'rollproof report',
          bytes.toFixed(2),
          seconds.toFixed(1),
          cpuSeconds.toFixed(1),
          megabytes.toFixed(0),
        ],
        ['view outages, in SQL', '', median(views).toFixed(1), '', ''],
        [
          'plain table, counts and percentiles in SQL',
          plainBytes.toFixed(2),
          median(folds).toFixed(1),
          '',
          '',
        ],
      ]),
    );
    return [
      {
        what: `at most ${String(LIMITS.bytes)} bytes a sample`,
        figure: `${bytes.toFixed(2)} (plain table: ${plainBytes.toFixed(2)})`,
        holds: bytes <= LIMITS.bytes,
      },
      {
        what: `report in under ${String(LIMITS.seconds)} s`,
        figure: `${seconds.toFixed(1)} s, of which ${cpuSeconds.toFixed(1)} s of processor time in all threads`,
        holds: seconds < LIMITS.seconds,
      },
      {
        what: `report in under ${String(LIMITS.megabytes)} MB`,
        figure: `${megabytes.toFixed(0)} MB`,
        holds: megabytes < LIMITS.megabytes,
      },
    ];
  });
}

type Report = { readonly seconds: number; readonly cpuSeconds: number; readonly megabytes: number };

/** Runs the command, and looks at its memory (the most it ever had) and processor time until it is gone. */
async function report(path: string): Promise<Report> {
  const begun = performance.now();
  const child = spawn(process.execPath, [ROLLPROOF, 'report', path], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  let [kilobytes, ticks] = [0, 0];
  const look = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${String(child.pid)}/status`, 'utf8');
      kilobytes = Math.max(kilobytes, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0));
      const stat = readFileSync(`/proc/${String(child.pid)}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      ticks = Number(fields[11]) + Number(fields[12]);
    } catch {
      // It has just ended.
    }
  }, 50);
  const [code] = (await once(child, 'exit')) as [number | null];
  clearInterval(look);
  if (code !== 0) throw new Error(`rollproof report ended with ${String(code)}: is it built?`);
  return {
    seconds: (performance.now() - begun) / 1000,
    cpuSeconds: ticks / TICKS_PER_SECOND,
    megabytes: kilobytes / 1000,
  };
}

/** Of /proc on Linux, on every architecture. */
const TICKS_PER_SECOND = 100;

async function askOutages(path: string): Promise<number> {
  const instance = await DuckDBInstance.create(path, { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  const begun = performance.now();
  await connection.runAndReadAll('SELECT * FROM outages');
  const seconds = (performance.now() - begun) / 1000;
  connection.closeSync();
  instance.closeSync();
  return seconds;
}
