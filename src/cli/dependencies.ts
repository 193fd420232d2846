import type { ProbeKind } from '../contracts/probe.ts';
import type { StepKind } from '../contracts/step.ts';
import type { Terminal } from '../platform/terminal.ts';

/** Everything a command touches outside itself, so that the whole command line can be run inside a test. */
export type CliDependencies = {
  readonly terminal: Terminal;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly probes: readonly ProbeKind[];
  readonly steps: readonly StepKind[];
  readonly version: string;
  /** The shipped scenarios. */
  readonly scenarios: URL;
  /** Calls back at SIGINT and SIGTERM; returns how to stop listening. */
  readonly onTermination: (handle: (signal: 'SIGINT' | 'SIGTERM') => void) => () => void;
  readonly exitNow: (code: number) => void;
  /** How to start this program again, for the demo's child: executable and leading arguments. */
  readonly self: readonly string[];
};
