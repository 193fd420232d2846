import { randomUUID } from 'node:crypto';
import { dirname, join } from 'node:path';
import { CodedError } from '../../errors/coded-error.ts';
import { copyWholeFile, makeDirectory, movePath, removePath } from '../../platform/files.ts';
import { openReadOnly } from '../open-read-only.ts';
import { type RunDirectory, runDirectoryAt } from '../run-directory.ts';
import { runFileError } from '../run-file-error.ts';
import type { FoundRun } from './find-runs.ts';
import { placeOf } from './place.ts';

export type ImportedRun<T> =
  | {
      readonly kind: 'imported';
      readonly path: string;
      readonly completed: T;
      readonly warning: string | null;
    }
  | { readonly kind: 'known'; readonly path: string; readonly warning: string | null };

/**
 * Copies a run into the folder `out`. It appears there when all of it is on disk and `complete` has read it: `complete` is given the copy and the path that it will have. Nothing in the source is
 * changed. Throws NotARun for a database that is something else, `run-directory` for a run that cannot be read or copied, and what `signal` was aborted with.
 */
export async function importRun<T>(
  found: FoundRun,
  out: string,
  complete: (copy: RunDirectory, path: string) => Promise<T>,
  signal: AbortSignal,
): Promise<ImportedRun<T>> {
  const { instance, connection, meta } = await openReadOnly(found.runFile);
  const closeSource = () => {
    connection.closeSync();
    instance.closeSync();
  };
  // Open until it is copied: DuckDB lets nobody write it meanwhile.
  let isOpen = true;
  const draft = join(out, `${randomUUID()}.draft`);
  try {
    const place = await placeOf(out, meta);
    if (place.known) {
      const { path } = place;
      const fuller = place.meta.ended === null && meta.ended !== null;
      const warning = `the one in ${path} has no end, this one has: remove that one to import it`;
      return { kind: 'known', path, warning: fuller ? warning : null };
    }
    await makeDirectory(draft);
    await copyFiles(found, draft, signal);
    isOpen = false;
    closeSource();
    const copy = runDirectoryAt(draft);
    const completed = await complete(copy, place.path).catch((error: unknown) => {
      throw ofSource(error, copy.runFile, found.runFile);
    });
    signal.throwIfAborted();
    await claim(place.path);
    await movePath(draft, place.path);
    const noLog = meta.ended === null && !found.files.has('run.duckdb.wal');
    const warning =
      'it did not end in order, and no log (run.duckdb.wal) is beside it: what was recorded last may be missing';
    return { kind: 'imported', path: place.path, completed, warning: noLog ? warning : null };
  } catch (error) {
    signal.throwIfAborted();
    throw runFileError('importing it', found.source, error);
  } finally {
    if (isOpen) closeSource();
    await removePath(draft).catch(() => undefined);
  }
}

/**
 * The run file last: where a file is closed, POSIX takes every lock on it from the process, so DuckDB's ends with its copy.
 */
async function copyFiles({ files }: FoundRun, draft: string, signal: AbortSignal): Promise<void> {
  const inOrder = [...files].sort(
    ([a], [b]) => Number(a === 'run.duckdb') - Number(b === 'run.duckdb'),
  );
  for (const [within, from] of inOrder) {
    signal.throwIfAborted();
    const to = join(draft, within);
    await makeDirectory(dirname(to));
    await copyWholeFile(from, to);
  }
}

/** The copy is gone when this is read: what is said of it is said of the source. */
function ofSource(error: unknown, copy: string, source: string): unknown {
  if (!(error instanceof CodedError)) return error;
  return new CodedError(error.code, error.message.replaceAll(copy, source), error.hint, error);
}

/** Of several who want one name, making the folder is what tells which has it; a folder may be moved over an empty one. */
async function claim(path: string): Promise<void> {
  if (await makeDirectory(path)) return;
  throw new CodedError(
    'run-directory',
    `${path}: somebody else made it just now`,
    'import it once more',
  );
}
