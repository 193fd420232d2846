import { Command, Option } from 'commander';
import { CodedError } from '../errors/coded-error.ts';
import type { CliDependencies } from './dependencies.ts';
import type { ExportOption, ExportSink } from './export-sink.ts';
import { fileSink } from './export-to-files.ts';
import { influxSink } from './export-to-influx.ts';

/** Everything a run can be exported to: one entry each. */
export const EXPORT_SINKS: readonly ExportSink[] = [
  influxSink,
  fileSink('parquet'),
  fileSink('csv'),
];

/** `rollproof export RUN --to SINK`, as the list of sinks has it; `done` is told the exit code. */
export function exportCommand(
  dependencies: CliDependencies,
  done: (exitCode: number) => void,
): Command {
  const names = EXPORT_SINKS.map(({ name }) => name);
  const command = new Command('export')
    .description('export a recorded run, also one that was killed')
    .argument('<run>', "a run's directory")
    .addOption(new Option('--to <sink>', 'where to').choices(names).makeOptionMandatory(true));
  for (const option of new Set(EXPORT_SINKS.flatMap(({ options }) => options))) {
    const takers = takersOf(option).map(({ name }) => name);
    const described = `${takers.join(', ')}: ${option.description}`;
    command.addOption(new Option(option.flags, described).default(option.default));
  }
  return command
    .addHelpText('after', sinksHelp())
    .action(async (run: string, options: Readonly<Record<string, unknown>>) => {
      const sink = EXPORT_SINKS.find(({ name }) => name === options['to']);
      if (sink === undefined) throw new CodedError('internal', 'no such sink', null);
      refuseForeign(command, sink);
      done(await sink.export(run, options, dependencies));
    });
}

/** An option that the sink does not have would be left out in silence. */
function refuseForeign(command: Command, sink: ExportSink): void {
  for (const option of new Set(EXPORT_SINKS.flatMap(({ options }) => options))) {
    if (sink.options.includes(option)) continue;
    const { long, attributeName } = optionOf(option);
    if (command.getOptionValueSource(attributeName) !== 'cli') continue;
    const takers = takersOf(option).map(({ name }) => `--to ${name}`);
    throw new CodedError(
      'usage',
      `${long} says nothing to --to ${sink.name}`,
      `it belongs to ${takers.join(' and ')}`,
    );
  }
}

function optionOf({ flags }: ExportOption) {
  const option = new Option(flags);
  return { long: option.long ?? flags, attributeName: option.attributeName() };
}

function takersOf(option: ExportOption): readonly ExportSink[] {
  return EXPORT_SINKS.filter(({ options }) => options.includes(option));
}

function sinksHelp(): string {
  const width = Math.max(...EXPORT_SINKS.map(({ name }) => name.length));
  const sinks = EXPORT_SINKS.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
  const more = EXPORT_SINKS.flatMap(({ name, help }) =>
    help === null ? [] : [`${name}: ${help}`],
  );
  return ['', 'Sinks:', ...sinks, '', ...more].join('\n');
}
