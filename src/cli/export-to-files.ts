import { CodedError } from '../errors/coded-error.ts';
import { EXIT } from '../errors/exit-codes.ts';
import { exportFiles, type FileFormat } from '../recorder/export-files.ts';
import { openRunDirectory } from '../recorder/run-directory.ts';
import { plural } from '../report/figures.ts';
import type { ExportOption, ExportSink } from './export-sink.ts';

const OUT: ExportOption = {
  flags: '--out <dir>',
  description: "folder in which the run's folder is made",
  default: 'exports',
};
const FORCE: ExportOption = {
  flags: '--force',
  description: 'write files anew that are already there',
  default: false,
};

const SUMMARIES: Readonly<Record<FileFormat, string>> = {
  parquet: 'a Parquet file (zstd) for each table: pandas, Polars, Spark, DuckDB',
  csv: 'a CSV file for each table: spreadsheets and everything else',
};

/** Files for other programs, `<out>/<run>/attempts.parquet` and so on. The last line on stdout is the folder. */
export function fileSink(format: FileFormat): ExportSink {
  return {
    name: format,
    summary: SUMMARIES[format],
    options: [OUT, FORCE],
    help: null,
    export: async (run, options, { terminal, onTermination }) => {
      const { out, force } = options as { readonly out: string; readonly force: boolean };
      const directory = await openRunDirectory(run);
      const stop = new AbortController();
      const listening = onTermination(() => {
        stop.abort();
      });
      try {
        const written = await exportFiles(directory, { format, out, force, signal: stop.signal });
        if (written.schema === 1) {
          terminal.err(
            'the run file is of schema version 1, in which the stages of a request were not recorded: timings is empty\n',
          );
        }
        if (!written.ended) {
          terminal.err(
            'the run did not end in order (killed, or copied while it went on): what was committed before is exported\n',
          );
        }
        const width = Math.max(...written.files.map(({ name }) => name.length));
        for (const { name, rows } of written.files) {
          terminal.out(`${name.padEnd(width)}  ${plural(rows, 'row')}\n`);
        }
        terminal.out(`${written.folder}\n`);
        return EXIT.pass;
      } catch (error) {
        if (!stop.signal.aborted || error instanceof CodedError) throw error;
        terminal.err('interrupted: nothing was written\n');
        return EXIT.interrupted;
      } finally {
        listening();
      }
    },
  };
}
