import { join } from 'node:path';
import { messageOf } from '../../errors/coded-error.ts';
import { pathKind } from '../../platform/files.ts';
import { listFolder } from '../../platform/list-folder.ts';

/** What looks like a run: whether it is one is not known until its run file was opened. */
export type FoundRun = {
  readonly kind: 'run';
  /** Its directory, or its run file where that was given alone. */
  readonly source: string;
  readonly runFile: string;
  /** What belongs to it: path within a run's directory → where it is. */
  readonly files: ReadonlyMap<string, string>;
};

/** What is not a run and has to be said: `skipped` was met on the way, `failed` was asked for by its name or could not be looked into. */
export type NotFound = {
  readonly kind: 'skipped' | 'failed';
  readonly source: string;
  readonly why: string;
  readonly hint: string | null;
};

export type Finding = FoundRun | NotFound;

const RUN_FILE = 'run.duckdb';
const PACKED = /\.(zip|7z|rar|tar|tgz|tbz2?|txz|tar\.\w+|gz|bz2|xz|zst)$/i;
/** A copy or an export that was killed before it was whole. */
const UNFINISHED = /\.draft$/;

/**
 * Runs in a folder at any depth, in the order of their paths; a run.duckdb makes its folder a run, to which everything below it belongs that is not another run's. Or a run file by
 * its own path, whatever it is called, with the log beside it (`.wal`) and nothing else. Symbolic links below the source are not followed.
 */
export async function findRuns(source: string): Promise<readonly Finding[]> {
  switch (await pathKind(source)) {
    case null:
      return [notFound('failed', source, 'is not there', null)];
    case 'other':
      return [notFound('failed', source, 'is neither a file nor a folder', null)];
    case 'file':
      return [PACKED.test(source) ? packed('failed', source) : await runFileAlone(source)];
    case 'directory': {
      const findings: Finding[] = [];
      await search(source, null, findings);
      if (!findings.some(({ kind }) => kind === 'run')) {
        const hint = 'a run is a folder with a run.duckdb in it, at any depth';
        findings.push(notFound('skipped', source, 'there is no run in it', hint));
      }
      return findings;
    }
  }
}

async function runFileAlone(path: string): Promise<FoundRun> {
  const files = new Map([[RUN_FILE, path]]);
  if ((await pathKind(`${path}.wal`)) === 'file') files.set(`${RUN_FILE}.wal`, `${path}.wal`);
  return { kind: 'run', source: path, runFile: path, files };
}

/** A run that a folder is part of, and where in it. */
type Owner = { readonly files: Map<string, string>; readonly within: string };

async function search(folder: string, above: Owner | null, findings: Finding[]): Promise<void> {
  let entries: Awaited<ReturnType<typeof listFolder>>;
  try {
    entries = await listFolder(folder);
  } catch (error) {
    findings.push(notFound('failed', folder, `cannot be read: ${messageOf(error)}`, null));
    return;
  }
  let owner = above;
  if (entries.some(({ name, kind }) => name === RUN_FILE && kind === 'file')) {
    owner = { files: new Map(), within: '' };
    const runFile = join(folder, RUN_FILE);
    findings.push({ kind: 'run', source: folder, runFile, files: owner.files });
  }
  for (const { name, kind } of entries) {
    const path = join(folder, name);
    switch (kind) {
      case 'link':
        findings.push(notFound('skipped', path, 'is a symbolic link, which is not followed', null));
        break;
      case 'other':
        findings.push(notFound('skipped', path, 'is neither a file nor a folder', null));
        break;
      case 'directory':
        if (UNFINISHED.test(name)) {
          findings.push(notFound('skipped', path, 'is an unfinished copy', null));
        } else {
          const inside = owner && { ...owner, within: join(owner.within, name) };
          await search(path, inside, findings);
        }
        break;
      case 'file':
        if (owner !== null) owner.files.set(join(owner.within, name), path);
        else if (PACKED.test(name)) findings.push(packed('skipped', path));
        else if (name.endsWith('.duckdb')) findings.push(otherDatabase(path));
    }
  }
}

function packed(kind: NotFound['kind'], path: string): NotFound {
  return notFound(kind, path, 'is packed', 'unpack it first, and give the folder');
}

function otherDatabase(path: string): NotFound {
  const why = 'is a database that is not called run.duckdb';
  return notFound('skipped', path, why, 'give it by its own path, if it is a run');
}

function notFound(
  kind: NotFound['kind'],
  source: string,
  why: string,
  hint: string | null,
): NotFound {
  return { kind, source, why, hint };
}
