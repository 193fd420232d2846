import type { MemorySample } from './engine-run.ts';
import { markdownTable } from './markdown-table.ts';
import type { MustHold } from './must-hold.ts';
import { median } from './quantiles.ts';
import { closes } from './row-account.ts';
import { startBusyProcesses } from './situations.ts';
import { runEngine } from './start-engine.ts';
import { loopbackHosts } from './targets.ts';

const TARGETS = 50;
const EVERY_MS = 20;
/** Often enough for medians; each look collects the garbage first, which holds the measuring thread up for some ms. */
const MEMORY_EVERY_MS = 20_000;
const MIB = 2 ** 20;
/** The last third may have grown by so much over the first: the collector's grain. */
const FLAT = { times: 1.05, bytes: MIB };

/** Ten minutes beside two busy processes: whether anything is invented, lost from the account, or heaped up. */
export async function measureLongRun(seconds: number): Promise<readonly MustHold[]> {
  const config = {
    engine: 'kernel',
    hosts: loopbackHosts(TARGETS),
    every: `${String(EVERY_MS)}ms`,
    timeout: '1s',
  };
  const endLoad = startBusyProcesses();
  const run = await runEngine(
    {
      config,
      held: false,
      oneCore: false,
      warmUpMs: 0,
      analyse: true,
      memoryEveryMs: MEMORY_EVERY_MS,
    },
    seconds,
  ).finally(endLoad);
  const { ok, lost, failed, unsent, sum, memory } = run;
  const { due, missing, surplus, workerLost, unsentInSight } = sum;
  const blindPct = (run.blindMs / 10 / run.seconds).toFixed(4);
  const unsentPct = ((unsent / due) * 100).toFixed(4);
  const series: readonly Series[] = [
    { what: 'RSS of the process less the figures', values: memory.map(({ rss }) => rss) },
    { what: 'heap of the main thread', values: memory.map(({ main }) => main) },
    ...workerHeaps(memory),
  ];
  console.log(
    `\n${String(TARGETS)} targets at ${String(1000 / EVERY_MS)}/s beside two busy processes, ${run.seconds.toFixed(0)} s\n`,
  );
  console.log(
    markdownTable([
      [
        'due',
        'ok',
        'lost',
        'failed',
        'unsent',
        'missing',
        'surplus',
        'worker lost',
        'unsent, not blind',
        'unsent %',
        'blind % (any target)',
      ],
      [
        ...[due, ok, lost, failed, unsent, missing, surplus, workerLost, unsentInSight].map(String),
        unsentPct,
        blindPct,
      ],
    ]),
  );
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
  const beside = '10 minutes beside two busy processes, 50 targets at 50/s';
  return [
    {
      what: `${beside}: no false loss`,
      figure: String(lost + failed),
      holds: lost + failed === 0,
    },
    {
      what: `${beside}: what was not sent on time is blind, and the sum closes`,
      figure: `${String(due)} due = ${String(ok)} ok + ${String(lost)} lost + ${String(failed)} failed + ${String(unsent)} unsent, ${String(missing)} missing, ${String(surplus)} too many, ${String(workerLost)} of a lost worker, ${String(unsentInSight)} unsent but not blind; blind ${blindPct} % of the time`,
      holds: closes(sum, ok + lost + failed + unsent) && (unsent === 0) === (run.blindMs === 0),
    },
    ...series.map(({ what, values }): MustHold => {
      const [first, last] = [third(values, 0), third(values, 2)];
      return {
        what: `${beside}: memory flat, ${what}`,
        figure: `${(first / MIB).toFixed(2)} MiB in the first third, ${(last / MIB).toFixed(2)} in the last`,
        holds: last <= Math.max(first * FLAT.times, first + FLAT.bytes),
      };
    }),
  ];
}

type Series = { readonly what: string; readonly values: readonly number[] };

function workerHeaps(memory: readonly MemorySample[]): readonly Series[] {
  const threads = new Set(memory.flatMap(({ heaps }) => Object.keys(heaps)));
  if (threads.size === 0) throw new Error('no worker thread reported its heap');
  return [...threads].map((thread) => ({
    what: `heap of worker thread ${thread}`,
    values: memory.flatMap(({ heaps }) => heaps[thread] ?? []),
  }));
}

function third(values: readonly number[], part: number): number {
  const length = values.length / 3;
  return median(values.slice(Math.floor(part * length), Math.floor((part + 1) * length)));
}
