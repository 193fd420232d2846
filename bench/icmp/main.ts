/**
 * npm run bench:icmp [-- --long] [--only PART,...] [--rounds N] [--seconds N]: measures the ICMP engines against each other and against the truth, prints
 * tables and whether each promise holds; exit code 1 when one does not. bench/README.md tells how to read it. Needs root and Linux.
 */

import { runBench } from '../shared/run-bench.ts';
import { compareEngines } from './comparison.ts';
import { measureLongRun } from './long-run.ts';
import { measureOutages } from './outage-bounds.ts';
import { measureThroughput } from './throughput.ts';

const RUN_S = 5;
const TEN_MINUTES_S = 600;

await runBench({
  parts: {
    compare: ({ rounds, seconds }) => compareEngines({ rounds, seconds: seconds ?? RUN_S }),
    throughput: ({ rounds, seconds }) => measureThroughput({ rounds, seconds: seconds ?? RUN_S }),
    outages: measureOutages,
  },
  long: ({ seconds }) => measureLongRun(seconds ?? TEN_MINUTES_S),
});
