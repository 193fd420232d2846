import { probes } from '../../probes/index.ts';
import type { CliDependencies } from '../../src/cli/dependencies.ts';
import { runCli } from '../../src/cli/program.ts';
import { stepKinds } from '../../src/upgrade/index.ts';

export type CliResult = { readonly exitCode: number; readonly out: string; readonly err: string };

export type CliOptions = {
  readonly env?: Readonly<Record<string, string>>;
  /** Receives the handler of SIGINT and SIGTERM. */
  readonly onTermination?: CliDependencies['onTermination'];
};

/** The whole command line inside the test's process: what it prints and its exit code. */
export async function cli(argv: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  let out = '';
  let err = '';
  const exitCode = await runCli(argv, {
    terminal: {
      out: (text) => {
        out += text;
      },
      err: (text) => {
        err += text;
      },
      color: { out: false, err: false },
      width: 100,
      live: null,
    },
    env: options.env ?? {},
    probes,
    steps: stepKinds,
    version: '0.0.0-test',
    scenarios: new URL('../../scenarios/', import.meta.url),
    onTermination: options.onTermination ?? (() => () => undefined),
    exitNow: (code) => {
      throw new Error(`exitNow(${String(code)})`);
    },
    self: [],
  });
  return { exitCode, out, err };
}
