import { readFileSync } from 'node:fs';
import { probes } from '../probes/index.ts';
import { runCli } from './cli/program.ts';
import { EXIT } from './errors/exit-codes.ts';
import { exitNow, onTermination, onUncaught } from './platform/signals.ts';
import { processTerminal } from './platform/terminal.ts';
import { stepKinds } from './upgrade/index.ts';

/** Two levels up from the built file (dist/src), one from the source. */
const root = new URL(import.meta.url.endsWith('.ts') ? '../' : '../../', import.meta.url);
const { version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
  version: string;
};

onUncaught((error) => {
  process.stderr.write(`rollproof has a bug: ${error.stack ?? error.message}\n`);
  exitNow(EXIT.verifier);
});

process.exitCode = await runCli(process.argv.slice(2), {
  terminal: processTerminal(),
  env: process.env,
  probes,
  steps: stepKinds,
  version,
  scenarios: new URL('scenarios/', root),
  onTermination,
  exitNow,
  self: [process.execPath, ...process.execArgv, process.argv[1] ?? ''],
});
