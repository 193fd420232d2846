import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { markdownTable } from '../shared/markdown-table.ts';
import type { MustHold } from '../shared/must-hold.ts';
import { quantile } from '../shared/quantiles.ts';
import { openFile } from './recorded-file.ts';
import { BATCH_ROWS, sampleSource } from './sample-source.ts';
import { inScratch } from './scratch.ts';

const RATE = 200_000;
const TARGETS = 2000;
const BATCHES = 64;
/** What the run file promises: what is older than a second is on disk. */
const DURABLE_MS = 1000;

/**
 * 200,000 samples a second for so long, a batch when it is due. Holds when every batch was on disk a second later, at the end as at the beginning. The batches
 * are made before, so that the processor time is the recorder's.
 */
export async function measureSustained(seconds: number): Promise<readonly MustHold[]> {
  return await inScratch(async (folder) => {
    const next = sampleSource(TARGETS);
    const made = Array.from({ length: BATCHES }, next);
    const file = await openFile(join(folder, 'run.duckdb'), TARGETS);
    const delays = monitorEventLoopDelay({ resolution: 1 });
    const durable: number[] = [];
    const flushing: Promise<void>[] = [];
    const intervalMs = (BATCH_ROWS / RATE) * 1000;
    const batches = Math.round((seconds * 1000) / intervalMs);
    delays.enable();
    const cpu = process.cpuUsage();
    const begun = performance.now();
    let behindMs = 0;
    for (let nth = 0; nth < batches; nth++) {
      const ahead = begun + nth * intervalMs - performance.now();
      if (ahead > 0) await delay(ahead);
      else behindMs = Math.max(behindMs, -ahead);
      const batch = made[nth % BATCHES];
      if (batch === undefined) continue;
      // A seq of its own for each row, as in a run.
      const shift = Math.floor((nth / BATCHES) * ((BATCHES * BATCH_ROWS) / TARGETS));
      file.samples({ ...batch, seq: batch.seq.map((seq) => seq + shift) });
      const given = performance.now();
      // Not waited for: the recorder has half a second to begin by itself.
      if (nth % 25 === 0) {
        flushing.push(
          delay(DURABLE_MS / 2)
            .then(() => file.flush())
            .then(() => void durable.push(performance.now() - given)),
        );
      }
    }
    const wallS = (performance.now() - begun) / 1000;
    await Promise.all(flushing);
    const used = process.cpuUsage(cpu);
    delays.disable();
    await file.end({ at: 1, ending: 'complete', why: null });
    const rate = (batches * BATCH_ROWS) / wallS;
    const cpuPct = ((used.user + used.system) / 1e6 / wallS) * 100;
    const worst = Math.max(...durable);
    console.log(`\n${RATE.toLocaleString('en')} samples/s for ${String(seconds)} s\n`);
    console.log(
      markdownTable([
        [
          'samples/s',
          'CPU of one core',
          'on disk after, median / worst',
          'main thread held, p99 / worst',
        ],
        [
          Math.round(rate).toLocaleString('en'),
          `${cpuPct.toFixed(0)} %`,
          `${quantile(durable, 0.5).toFixed(0)} / ${worst.toFixed(0)} ms`,
          `${(delays.percentile(99) / 1e6).toFixed(1)} / ${(delays.max / 1e6).toFixed(1)} ms`,
        ],
      ]),
    );
    return [
      {
        what: `${RATE.toLocaleString('en')} samples/s sustained for ${String(seconds)} s`,
        figure: `${Math.round(rate).toLocaleString('en')} samples/s, on disk after ${worst.toFixed(0)} ms at most, at most ${behindMs.toFixed(0)} ms behind`,
        holds: worst <= DURABLE_MS && behindMs <= DURABLE_MS,
      },
    ];
  });
}
