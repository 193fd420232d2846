import { flatMemory, memorySeries, printMemory } from '../shared/flat-memory.ts';
import { markdownTable } from '../shared/markdown-table.ts';
import type { MustHold } from '../shared/must-hold.ts';
import { closes } from '../shared/row-account.ts';
import { runEngine } from '../shared/start-engine.ts';
import { withServer } from './start-server.ts';

const PER_SECOND = 1000;
/** Often enough for medians; each look collects the garbage first, which holds the measuring thread up for some ms. */
const LOOKS = 30;

/** Ten minutes of 1,000 requests a second, on new and kept connections in turn: whether anything is invented, lost from the account, or heaped up. */
export async function measureLongRun(seconds: number): Promise<readonly MustHold[]> {
  const run = await withServer((server) =>
    runEngine(
      {
        kind: 'http',
        config: { url: server.url, rate: `${String(PER_SECOND)}/s` },
        held: false,
        oneCore: false,
        warmUpMs: 0,
        analyse: true,
        memoryEveryMs: (seconds * 1000) / LOOKS,
        rows: false,
      },
      seconds,
    ),
  );
  const { ok, lost, failed, unsent, sum, memory } = run;
  const { due, missing, surplus, workerLost, unsentInSight } = sum;
  const blindPct = (run.blindMs / 10 / run.seconds).toFixed(4);
  const where = `${run.seconds.toFixed(0)} s of 1,000 requests/s`;
  console.log(`\n${where}, on new and kept connections in turn\n`);
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
        'blind % (any target)',
      ],
      [
        ...[due, ok, lost, failed, unsent, missing, surplus, workerLost, unsentInSight].map(String),
        blindPct,
      ],
    ]),
  );
  const series = memorySeries(memory);
  printMemory(series);
  return [
    {
      what: `${where}: no false failure`,
      figure: String(lost + failed),
      holds: lost + failed === 0,
    },
    {
      what: `${where}: what was not sent on time is blind, and the sum closes`,
      figure: `${String(due)} due = ${String(ok)} ok + ${String(lost)} lost + ${String(failed)} failed + ${String(unsent)} unsent, ${String(missing)} missing, ${String(surplus)} too many, ${String(workerLost)} of a lost worker, ${String(unsentInSight)} unsent but not blind; blind ${blindPct} % of the time`,
      holds: closes(sum, ok + lost + failed + unsent) && (unsent === 0) === (run.blindMs === 0),
    },
    ...flatMemory(where, series),
  ];
}
