// Lets mocha, and every worker thread and child process a test starts, load TypeScript. `--import=tsx` alone does not
// reach worker threads on Node 20; mocha itself loads test files by require().
import { register as registerRequire } from 'tsx/cjs/api';
import { register as registerImport } from 'tsx/esm/api';

registerRequire();
registerImport();
