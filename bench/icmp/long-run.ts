import { flatMemory, memorySeries, printMemory } from '../shared/flat-memory.ts';
import { markdownTable } from '../shared/markdown-table.ts';
import type { MustHold } from '../shared/must-hold.ts';
import { closes } from '../shared/row-account.ts';
import { startBusyProcesses } from '../shared/situations.ts';
import { runEngine } from '../shared/start-engine.ts';
import { loopbackHosts } from './targets.ts';

const TARGETS = 50;
const EVERY_MS = 20;
/** Often enough for medians; each look collects the garbage first, which holds the measuring thread up for some ms. */
const MEMORY_EVERY_MS = 20_000;

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
      kind: 'icmp',
      config,
      rows: false,
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
  const series = memorySeries(memory);
  printMemory(series);
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
    ...flatMemory(beside, series),
  ];
}
