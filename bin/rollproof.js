#!/usr/bin/env node
// Dynamic: what cannot even be loaded (not built, a native module for another machine) must not exit 1, "an objective failed".
import('../dist/src/main.js').catch((error) => {
  process.stderr.write(
    `rollproof cannot start: ${error.message}\nhint: run \`npm ci\` here, on this machine\n`,
  );
  process.exit(5);
});
