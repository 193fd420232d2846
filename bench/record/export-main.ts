/** Measures the export alone; `npm run bench:record -- --only export` once both are in one place. */

import { runBench } from '../shared/run-bench.ts';
import { measureExport } from './export.ts';

await runBench({ parts: { export: measureExport }, long: measureExport });
