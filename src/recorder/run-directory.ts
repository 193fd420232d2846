import { basename, join, resolve } from 'node:path';
import { CodedError } from '../errors/coded-error.ts';
import { makeDirectory, pathKind } from '../platform/files.ts';
import { runFileError } from './run-file-error.ts';
import { fileName } from './run-folder-name.ts';

/** Where the files of one run are. `name` is the run's: the directory's own. */
export type RunDirectory = {
  readonly name: string;
  readonly path: string;
  readonly runFile: string;
  readonly scenario: string;
  readonly verdict: string;
  readonly junit: string;
  readonly report: string;
  readonly log: string;
};

/**
 * Makes `<out>/<UTC time>-<scenario>/`, e.g. `runs/2026-11-23T03-14-46Z-keystone/`. A second run of the same second gets
 * `-2`, and so on: making a directory is what tells two apart. Throws `run-directory`.
 */
export async function createRunDirectory(
  out: string,
  scenario: string,
  wallMs: number,
): Promise<RunDirectory> {
  const second = new Date(wallMs).toISOString().slice(0, 19).replaceAll(':', '-');
  const base = `${second}Z-${fileName(scenario)}`;
  for (let nth = 1; nth <= 1000; nth++) {
    const path = join(out, nth === 1 ? base : `${base}-${String(nth)}`);
    const made = await makeDirectory(path).catch((error: unknown) => {
      throw runFileError('making the run directory', path, error);
    });
    if (made) return runDirectoryAt(path);
  }
  throw new CodedError(
    'run-directory',
    `${out}: a thousand runs of one second`,
    'use another --out',
  );
}

/** A run's directory, given as such or by the path of its run.duckdb. Throws `run-directory` when there is none. */
export async function openRunDirectory(path: string): Promise<RunDirectory> {
  if ((await pathKind(path)) === 'file')
    return { ...runDirectoryAt(join(path, '..')), runFile: path };
  const directory = runDirectoryAt(path);
  if ((await pathKind(directory.runFile)) === 'file') return directory;
  throw new CodedError(
    'run-directory',
    `${path}: is not the directory of a run (it has no run.duckdb)`,
    'runs are made as runs/<UTC time>-<scenario>; `rollproof run` prints the path as its last line',
  );
}

/** The files of a run whose directory this is, or will be. */
export function runDirectoryAt(path: string): RunDirectory {
  return {
    name: basename(resolve(path)),
    path,
    runFile: join(path, 'run.duckdb'),
    scenario: join(path, 'scenario.yaml'),
    verdict: join(path, 'verdict.json'),
    junit: join(path, 'junit.xml'),
    report: join(path, 'report.html'),
    log: join(path, 'log.ndjson'),
  };
}
