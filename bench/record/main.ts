/**
 * npm run bench:record [-- --long] [--only PART,...] [--rounds N] [--seconds N]: measures the recorder beside DuckDB's own appender, `rollproof report` of ten million
 * samples, and the export to VictoriaMetrics beside influxdb-client; prints tables and whether each promise holds; exit code 1 when one does not. bench/README.md tells how to read it. Needs Linux.
 */

import { runBench } from '../shared/run-bench.ts';
import { measureExport } from './export.ts';
import { measureLongRun } from './long-run.ts';
import { measureReporting } from './reporting.ts';
import { measureSustained } from './sustained.ts';
import { compareWriting } from './writing.ts';

const SUSTAINED_S = 30;
const A_DAY_S = 86_400;
const SAMPLES_PER_S = 2000;

await runBench({
  parts: {
    write: compareWriting,
    sustained: ({ seconds }) => measureSustained(seconds ?? SUSTAINED_S),
    report: measureReporting,
    export: measureExport,
  },
  long: ({ seconds }) => measureLongRun((seconds ?? A_DAY_S) * SAMPLES_PER_S),
});
