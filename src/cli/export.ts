import type { CliDependencies } from './dependencies.ts';
import { exportToInflux } from './export-to-influx.ts';

export const EXPORT_SINKS = ['influx'] as const;
export type ExportSink = (typeof EXPORT_SINKS)[number];

export type ExportArguments = {
  readonly run: string;
  readonly to: ExportSink;
  /** Send everything once more, also what the store has confirmed. */
  readonly again: boolean;
  /** How long a store that takes nothing is waited for. */
  readonly wait: string;
};

/** `rollproof export RUN --to SINK`: exit code 0 when everything recorded is there. */
export async function exportRun(
  args: ExportArguments,
  dependencies: CliDependencies,
): Promise<number> {
  switch (args.to) {
    case 'influx':
      return await exportToInflux(args, dependencies);
  }
}
