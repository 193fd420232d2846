#!/usr/bin/env node
// CommonJS (bin/package.json), so that this comes before Node's loader has begun to use its pool: names are looked up there, by all workers, beside what the
// recorder writes. With the 4 threads that are the default a lookup waits for its turn until its request is lost.
process.env.UV_THREADPOOL_SIZE ??= '64';
// Dynamic: what cannot even be loaded (not built, a native module for another machine) must not exit 1, "an objective failed".
import('../dist/src/main.js').catch((error) => {
  process.stderr.write(
    `rollproof cannot start: ${error.message}\nhint: run \`npm ci\` here, on this machine\n`,
  );
  process.exit(5);
});
