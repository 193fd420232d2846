import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { CodedError } from '../errors/coded-error.ts';
import { EXIT } from '../errors/exit-codes.ts';
import { check } from './check.ts';
import { demo } from './demo.ts';
import type { CliDependencies } from './dependencies.ts';
import { exportCommand } from './export.ts';
import { importRuns } from './import.ts';
import { REPORT_FORMATS, type ReportFormat, report } from './report.ts';
import { run } from './run.ts';

/** Runs one command line (without node and script) and resolves with the exit code; never throws. */
export async function runCli(
  argv: readonly string[],
  dependencies: CliDependencies,
): Promise<number> {
  const { terminal } = dependencies;
  // What stands after `--` is another program's command line: it must not be parsed as ours.
  const split = argv.indexOf('--');
  const own = split === -1 ? argv : argv.slice(0, split);
  const command = split === -1 ? null : argv.slice(split + 1);
  let exitCode: number = EXIT.pass;
  const program = programOf(dependencies, command, (code) => {
    exitCode = code;
  });
  try {
    if (command?.length === 0) {
      throw new CodedError('usage', 'there is no COMMAND after "--"', 'rollproof run --help');
    }
    await program.parseAsync([...own], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) {
      return error.exitCode === 0 ? EXIT.pass : EXIT.usage;
    }
    if (error instanceof CodedError) {
      terminal.err(`${error.message}\n`);
      if (error.hint !== null) terminal.err(`hint: ${error.hint}\n`);
      terminal.err(`(${error.code}, exit ${String(error.exitCode)}; see docs/errors.md)\n`);
      return error.exitCode;
    }
    terminal.err(
      `rollproof has a bug: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    return EXIT.verifier;
  }
}

function programOf(
  dependencies: CliDependencies,
  command: readonly string[] | null,
  done: (exitCode: number) => void,
): Command {
  const { terminal, version } = dependencies;
  const program = new Command('rollproof')
    .description('Proves that a rolling upgrade lost nothing.')
    .version(version)
    .exitOverride()
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err })
    .showHelpAfterError('(rollproof --help)')
    .addHelpText('after', EXIT_CODES);
  const noCommand = () => {
    if (command !== null) {
      throw new CodedError('usage', '"-- COMMAND" belongs to "rollproof run"', null);
    }
  };
  const set = new Option('--set <path=value>', 'replace a value of the scenario; null removes it')
    .default([] as string[], 'none')
    .argParser((value: string, all: string[]) => {
      if (!value.includes('=')) throw new InvalidArgumentError('It has the form path=value.');
      return [...all, value];
    });
  const out = new Option('--out <dir>', "folder in which the run's directory is made").default(
    'runs',
  );

  program
    .command('run')
    .description('run a scenario; COMMAND after -- is the upgrade (helm, kolla-ansible, a script)')
    .usage('[options] SCENARIO [-- COMMAND...]')
    .argument('<scenario>', 'scenario file')
    .addOption(set)
    .addOption(out)
    .option('--json', 'print verdict.json instead of the summary', false)
    .option(
      '--metrics <address>',
      'serve the state of the run for Prometheus; :PORT is loopback, other hosts are written out',
    )
    .action(async (scenario: string, options: RunOptions) => {
      const metrics = options.metrics ?? null;
      done(await run({ scenario, command, ...options, metrics }, dependencies));
    });
  program
    .command('demo')
    .description('the same against the embedded lab; FAULT shows what a bad upgrade looks like')
    .option('--break <fault>', 'break the upgrade (see --list)')
    .option('--list', 'name the faults', false)
    .addOption(out)
    .action(async (options: { break?: string; list: boolean; out: string }) => {
      noCommand();
      const { list, out: folder } = options;
      done(await demo({ fault: options.break ?? null, list, out: folder }, dependencies));
    });
  program
    .command('check')
    .description('check a scenario: its text, privileges, and that every probe can begin')
    .argument('<scenario>', 'scenario file')
    .addOption(set)
    .action(async (scenario: string, options: { set: string[] }) => {
      noCommand();
      done(await check({ scenario, ...options }, dependencies));
    });
  program
    .command('report')
    .description('print a recorded run, also one that was killed')
    .argument('<run>', "a run's directory")
    .addOption(new Option('--format <fmt>', 'how').choices(REPORT_FORMATS).default('text'))
    .action(async (folder: string, options: { format: ReportFormat }) => {
      noCommand();
      done(await report({ run: folder, format: options.format }, dependencies));
    });
  program.addCommand(
    exportCommand(dependencies, done).copyInheritedSettings(program).hook('preAction', noCommand),
  );
  program
    .command('import')
    .description('copy runs fetched from elsewhere, as from CI artifacts, into one folder of runs')
    .argument('<source...>', "a run's directory, a folder with some at any depth, or a run.duckdb")
    .addOption(new Option('--out <dir>', 'the folder of runs').default('runs'))
    .option('--json', 'print what became of each for programs', false)
    .action(async (sources: string[], options: { out: string; json: boolean }) => {
      noCommand();
      done(await importRuns({ sources, ...options }, dependencies));
    });
  return program;
}

type RunOptions = { set: string[]; out: string; json: boolean; metrics?: string };

const EXIT_CODES = `
Exit codes:
  0  pass              the upgrade lost nothing that an objective forbids
  1  fail              an objective failed
  2  inconclusive      the verifier was blind, or had nothing to judge by
  3  usage             bad command line or scenario
  4  step failed       an upgrade step failed
  5  verifier failed   rollproof could not do its work
  130  interrupted     what was measured is still judged and reported`;
