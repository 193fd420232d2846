// Lets mocha, and every worker thread and child process a test starts, load TypeScript. `--import=tsx` alone does not
// reach worker threads on Node 20.
import { register } from 'tsx/esm/api';

register();
