/**
 * npm run bench:http [-- --long] [--only PART,...] [--rounds N] [--seconds N]: measures the http probe beside hey, wrk and autocannon and against the
 * truth, prints tables and whether each promise holds; exit code 1 when one does not. bench/README.md tells how to read it. Needs Linux, hey and wrk.
 */

import { runBench } from '../shared/run-bench.ts';
import { measureCost } from './cpu-cost.ts';
import { measurePacing } from './pacing.ts';

const RUN_S = 5;
const A_MINUTE_S = 60;

await runBench({
  parts: {
    pacing: ({ seconds }) => measurePacing(seconds ?? A_MINUTE_S),
    cost: ({ rounds, seconds }) => measureCost({ rounds, seconds: seconds ?? RUN_S }),
  },
  long: () => Promise.resolve([]),
});
