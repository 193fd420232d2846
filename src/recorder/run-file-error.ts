import { CodedError, messageOf } from '../errors/coded-error.ts';

/** What DuckDB or the system says → the hint that mends it. The first that matches. */
const HINTS: readonly (readonly [pattern: RegExp, hint: string])[] = [
  [
    /could not set lock|conflicting lock/i,
    'another process has it open; wait until that run has ended',
  ],
  [/no space left|disk full|out of disk|ENOSPC/i, 'make room on that disk or give another --out'],
  [
    /read-only file system|EROFS|permission denied|EACCES|EPERM/i,
    'check who may write there, or give another --out',
  ],
  [
    /not a valid duckdb database|serialization|corrupt|checksum|read enough bytes/i,
    'it was made by something else, or was damaged or cut short while being copied; copy run.duckdb and, if there ' +
      'is one, run.duckdb.wal again',
  ],
  [
    /newer|storage version|version number/i,
    'open it with the rollproof that wrote it, or a newer one',
  ],
];

/** Anything DuckDB threw → an error that names the file and how to mend it. */
export function runFileError(doing: string, path: string, cause: unknown): CodedError {
  if (cause instanceof CodedError) return cause;
  const message = messageOf(cause);
  const hint = HINTS.find(([pattern]) => pattern.test(message))?.[1] ?? null;
  return new CodedError('run-directory', `${path}: ${doing} failed: ${message}`, hint, cause);
}
