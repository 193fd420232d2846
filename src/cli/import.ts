import { concludeRecorded, writeMissingReports } from '../conclusion.ts';
import { CodedError } from '../errors/coded-error.ts';
import { EXIT } from '../errors/exit-codes.ts';
import type { VerdictName } from '../model/verdict.ts';
import { type Finding, findRuns } from '../recorder/import/find-runs.ts';
import { importRun } from '../recorder/import/import-run.ts';
import { NotARun } from '../recorder/open-read-only.ts';
import type { RunDirectory } from '../recorder/run-directory.ts';
import { plural } from '../report/figures.ts';
import type { CliDependencies } from './dependencies.ts';

/** What became of one thing that was found, as `--json` prints it. */
type Imported = {
  readonly source: string;
  /** `known`: the same run is there already. `skipped`: it is no run. `failed`: it is one, or was asked for, and could not be imported. */
  readonly outcome: 'imported' | 'known' | 'skipped' | 'failed';
  /** The run's directory in the folder. */
  readonly path: string | null;
  /** Judged anew from the samples of the copy. */
  readonly verdict: VerdictName | null;
  /** Reports that it came without, made from its samples. */
  readonly made: readonly string[];
  readonly why: string | null;
  readonly hint: string | null;
};

const NOTHING = { path: null, verdict: null, made: [], why: null, hint: null } as const;

/**
 * `rollproof import SOURCE...`: runs fetched from elsewhere into one folder of runs. Exit code 0 when all that are runs are there in the end; throws `import-incomplete` when there is
 * none, or one that could not be imported. The last line on stdout is the folder.
 */
export async function importRuns(
  args: { readonly sources: readonly string[]; readonly out: string; readonly json: boolean },
  { terminal, onTermination }: CliDependencies,
): Promise<number> {
  const { sources, out, json } = args;
  const stop = new AbortController();
  const listening = onTermination(() => {
    stop.abort();
  });
  const told: Imported[] = [];
  try {
    const findings: Finding[] = [];
    for (const source of sources) findings.push(...(await findRuns(source)));
    for (const finding of findings) {
      if (stop.signal.aborted) break;
      const one = await imported(finding, out, stop.signal);
      if (one === null) break;
      told.push(one);
      if (!json) terminal.out(line(one));
    }
  } finally {
    listening();
  }
  terminal.out(json ? `${JSON.stringify({ folder: out, runs: told }, null, 2)}\n` : `${out}\n`);
  if (stop.signal.aborted) {
    terminal.err('interrupted: what is listed was done, and nothing else\n');
    return EXIT.interrupted;
  }
  expectComplete(told);
  return EXIT.pass;
}

/** Null when it was interrupted. */
async function imported(
  finding: Finding,
  out: string,
  signal: AbortSignal,
): Promise<Imported | null> {
  const { source } = finding;
  if (finding.kind !== 'run') {
    const { kind, why, hint } = finding;
    return { source, outcome: kind, ...NOTHING, why, hint };
  }
  try {
    const run = await importRun(finding, out, complete, signal);
    const { kind, path, warning } = run;
    const { verdict, made } = run.kind === 'imported' ? run.completed : NOTHING;
    return { source, outcome: kind, ...NOTHING, path, verdict, made, why: warning };
  } catch (error) {
    if (signal.aborted) return null;
    if (!(error instanceof CodedError)) throw error;
    const outcome = error instanceof NotARun ? 'skipped' : 'failed';
    // What is said of a run file begins with its path.
    const why = error.message.replace(`${finding.runFile}: `, '');
    return { source, outcome, ...NOTHING, why, hint: error.hint };
  }
}

/** Reads the copy to its end, as `report` does: a run file that was cut short opens, and fails only where it ends. */
async function complete(copy: RunDirectory, path: string) {
  const view = await concludeRecorded({ runFile: copy.runFile, path });
  return { verdict: view.judgement.verdict, made: await writeMissingReports(copy, view) };
}

const WORDS: Readonly<Record<Imported['outcome'], string>> = {
  imported: 'imported',
  known: 'already there',
  skipped: 'skipped',
  failed: 'failed',
};

function line({ source, outcome, path, verdict, made, why, hint }: Imported): string {
  const where = path === null ? '' : ` → ${path}`;
  const notes = [
    verdict,
    made.length === 0 ? null : `made anew: ${made.join(', ')}`,
    why,
    hint,
  ].filter((note) => note !== null);
  const told = notes.length === 0 ? '' : `: ${notes.join('; ')}`;
  return `${WORDS[outcome].padEnd(13)}  ${source}${where}${told}\n`;
}

function expectComplete(told: readonly Imported[]): void {
  const failed = told.filter(({ outcome }) => outcome === 'failed');
  const there = told.filter(({ outcome }) => outcome === 'imported' || outcome === 'known');
  if (failed.length > 0) {
    const names = failed.map(({ source }) => source).join(', ');
    throw new CodedError(
      'import-incomplete',
      `${plural(failed.length, 'source')} could not be imported: ${names}`,
      'the lines on stdout say why; what else was found was imported',
    );
  }
  if (there.length === 0) {
    throw new CodedError(
      'import-incomplete',
      'there was no run to import',
      "give a run's directory, a folder with some at any depth, or a run.duckdb",
    );
  }
}
