/**
 * npm run bench:http [-- --long] [--only PART,...] [--rounds N] [--seconds N]: measures the http probe beside hey, wrk and autocannon and against the
 * truth, prints tables and whether each promise holds; exit code 1 when one does not. bench/README.md tells how to read it. Needs Linux, hey and wrk.
 */

import { runBench } from '../shared/run-bench.ts';
import { measureCost } from './cpu-cost.ts';
import { measureLongRun } from './long-run.ts';
import { measurePacing } from './pacing.ts';
import { measureStall } from './stalled-server.ts';

const RUN_S = 5;
/** A stall of 1 s is then 10 % of what is measured, and p99 lies well within it. */
const STALL_RUN_S = 10;
const A_MINUTE_S = 60;
const TEN_MINUTES_S = 600;

await runBench({
  parts: {
    pacing: ({ seconds }) => measurePacing(seconds ?? A_MINUTE_S),
    stall: ({ rounds, seconds }) => measureStall({ rounds, seconds: seconds ?? STALL_RUN_S }),
    cost: ({ rounds, seconds }) => measureCost({ rounds, seconds: seconds ?? RUN_S }),
  },
  long: ({ seconds }) => measureLongRun(seconds ?? TEN_MINUTES_S),
});
