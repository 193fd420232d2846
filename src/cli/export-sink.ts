import type { CliDependencies } from './dependencies.ts';

/** Where a run can be exported to. Its name, help, options and page in docs/export.md come from here. */
export type ExportSink = {
  /** As `--to` names it. */
  readonly name: string;
  /** One line for `--help` and docs/export.md. */
  readonly summary: string;
  /** Those that it takes beside `--to`. Sinks may share one: it is then the same object. */
  readonly options: readonly ExportOption[];
  /** What its `--help` says beside the options. */
  readonly help: string | null;
  /** `options` by the name that commander gives them (`--wait` is `wait`). Resolves with the exit code: 0 when everything recorded is there. */
  readonly export: (
    run: string,
    options: Readonly<Record<string, unknown>>,
    dependencies: CliDependencies,
  ) => Promise<number>;
};

export type ExportOption = {
  /** `--wait <duration>`. */
  readonly flags: string;
  readonly description: string;
  readonly default: string | false;
};
