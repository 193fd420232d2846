/**
 * npm run bench:icmp [-- --long] [--only PART,...] [--rounds N] [--seconds N]: measures the ICMP engines against each other and against the truth, prints
 * tables and whether each promise holds; exit code 1 when one does not. bench/README.md tells how to read it. Needs root and Linux.
 */

import { cpus, release } from 'node:os';
import { parseArgs } from 'node:util';
import { compareEngines } from './comparison.ts';
import { measureLongRun } from './long-run.ts';
import type { MustHold } from './must-hold.ts';
import { printMustHolds } from './must-hold.ts';
import { measureOutages } from './outage-bounds.ts';
import { measureThroughput } from './throughput.ts';

const { values } = parseArgs({
  options: {
    long: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string' },
  },
});
const TEN_MINUTES_S = 600;
const rounds = Number(values.rounds);
const seconds = Number(values.seconds ?? (values.long ? TEN_MINUTES_S : 5));
const parts: Readonly<Record<string, () => Promise<readonly MustHold[]>>> = {
  compare: () => compareEngines({ rounds, seconds }),
  throughput: () => measureThroughput({ rounds, seconds }),
  outages: measureOutages,
};
const chosen = values.long
  ? [() => measureLongRun(seconds)]
  : Object.entries(parts)
      .filter(([name]) => values.only === '' || values.only.split(',').includes(name))
      .map(([, part]) => part);

const [cpu] = cpus();
console.log(
  `${String(cpus().length)} x ${cpu?.model ?? 'unknown'}, Linux ${release()}, Node ${process.version}, ${new Date().toISOString()}`,
);
const holds: MustHold[] = [];
for (const part of chosen) holds.push(...(await part()));
console.log();
printMustHolds(holds);
process.exitCode = holds.every((one) => one.holds) ? 0 : 1;
