import { join } from 'node:path';
import type { RunMeta } from '../../contracts/samples.ts';
import { pathKind } from '../../platform/files.ts';
import { listFolder } from '../../platform/list-folder.ts';
import { openReadOnly } from '../open-read-only.ts';
import { runFolderName } from '../run-folder-name.ts';

/** Where a run belongs in a folder of runs: where it is already, or else the first free name, `<run>`, `<run>-2`, ... */
export type Place =
  | { readonly known: true; readonly path: string; readonly meta: RunMeta }
  | { readonly known: false; readonly path: string };

/** Two runs are the same when they have one name and one anchor: the ns, on two clocks, at which it began. Only folders of that name are looked into. */
export async function placeOf(out: string, meta: RunMeta): Promise<Place> {
  const base = runFolderName(meta.plan.run);
  const taken = (await pathKind(out)) === null ? [] : await listFolder(out);
  const names = new Set(taken.map(({ name }) => name));
  for (const name of names) {
    if (!isNumbered(name, base)) continue;
    const path = join(out, name);
    const there = await metaOf(join(path, 'run.duckdb'));
    if (there !== null && isSame(there, meta)) return { known: true, path, meta: there };
  }
  let nth = 1;
  while (names.has(numbered(base, nth))) nth++;
  return { known: false, path: join(out, numbered(base, nth)) };
}

function numbered(base: string, nth: number): string {
  return nth === 1 ? base : `${base}-${String(nth)}`;
}

function isNumbered(name: string, base: string): boolean {
  return (
    name === base || (name.startsWith(`${base}-`) && /^\d+$/.test(name.slice(base.length + 1)))
  );
}

function isSame(a: RunMeta, b: RunMeta): boolean {
  return (
    a.plan.run === b.plan.run &&
    a.anchor.wallNs === b.anchor.wallNs &&
    a.anchor.monotonicNs === b.anchor.monotonicNs
  );
}

/** Null for what is no run, or one that cannot be opened: it is not known to be the same, and keeps its name. */
async function metaOf(runFile: string): Promise<RunMeta | null> {
  try {
    const { meta, connection, instance } = await openReadOnly(runFile);
    connection.closeSync();
    instance.closeSync();
    return meta;
  } catch {
    return null;
  }
}
