import { markdownTable } from '../shared/markdown-table.ts';
import type { MustHold } from '../shared/must-hold.ts';
import { median } from '../shared/quantiles.ts';
import { runEngine } from '../shared/start-engine.ts';
import { loopbackHosts } from './targets.ts';

const PER_SECOND = 20_000;
const TARGETS = 2000;
const EVERY_MS = (TARGETS / PER_SECOND) * 1000;
/** Of what is due may be unsent: the machine has other work, too. */
const UNSENT_PCT = 0.1;

/**
 * Whether 20,000 pings a second can be kept up by one core: the whole process, main thread included, is bound to it. There is nothing to compare
 * with: fping 5.1 has 65,535 sequence numbers for ten seconds and gives up, net-ping is refused as much by our own check.
 */
export async function measureThroughput(options: {
  readonly rounds: number;
  readonly seconds: number;
}): Promise<readonly MustHold[]> {
  const hosts = loopbackHosts(TARGETS);
  const config = { engine: 'kernel', hosts, every: `${String(EVERY_MS)}ms`, timeout: '1s' };
  const ours = [];
  for (let round = 0; round < options.rounds; round++) {
    const run = {
      kind: 'icmp',
      config,
      rows: false,
      held: false,
      warmUpMs: 2000,
      analyse: false,
      memoryEveryMs: 0,
    };
    ours.push(await runEngine({ ...run, oneCore: true }, options.seconds));
  }
  const of = <T>(runs: readonly T[], value: (run: T) => number) => median(runs.map(value));
  const rate = of(ours, (run) => run.rate);
  const unsentPct = of(ours, (run) => (run.unsent / run.sum.due) * 100);
  const lost = ours.reduce((sum, run) => sum + run.lost + run.failed, 0);
  console.log(
    `\n20,000 pings/s to 2,000 targets, all on one core (medians of ${String(options.rounds)} rounds)\n`,
  );
  console.log(
    markdownTable([
      ['engine', 'pings/s', 'core used %', 'CPU a ping µs', 'p99 RTT µs', 'lost', 'unsent %'],
      [
        'kernel',
        rate.toFixed(0),
        of(ours, (run) => run.coreShare * 100).toFixed(0),
        of(ours, (run) => run.cpuUs.measuring).toFixed(1),
        of(ours, (run) => run.latencyUs.p99).toFixed(1),
        String(lost),
        unsentPct.toFixed(3),
      ],
    ]),
  );
  return [
    {
      what: '20,000 pings/s on one core: sustained, none lost',
      figure: `${rate.toFixed(0)}/s in time, ${unsentPct.toFixed(3)} % unsent, ${String(lost)} lost`,
      holds:
        unsentPct <= UNSENT_PCT && lost === 0 && rate >= PER_SECOND * (1 - UNSENT_PCT / 100) - 50,
    },
  ];
}
