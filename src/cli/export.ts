import type { CliDependencies } from './dependencies.ts';
import { exportToInflux, type InfluxExportArguments } from './export-to-influx.ts';

/** Where a run can be exported to, as `--to` names it. */
const SINKS = { influx: exportToInflux } as const;

export type ExportSink = keyof typeof SINKS;
export const EXPORT_SINKS = Object.keys(SINKS) as readonly ExportSink[];

export type ExportArguments = InfluxExportArguments & { readonly to: ExportSink };

/** `rollproof export RUN --to SINK`: exit code 0 when everything recorded is there. */
export async function exportRun(
  args: ExportArguments,
  dependencies: CliDependencies,
): Promise<number> {
  return await SINKS[args.to](args, dependencies);
}
