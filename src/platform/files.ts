import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, copyFile, mkdir, open, readFile, rename, rm, stat, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';

/** Text of a file in UTF-8; rejects with the system's error. */
export async function readText(path: string): Promise<string> {
  return await readFile(path, 'utf8');
}

/**
 * Writes a whole file: it appears with all of its text or not at all, whatever happens meanwhile (synced beside its
 * place, then renamed over it). Missing folders are made.
 */
export async function writeText(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${randomUUID()}.draft`;
  try {
    const file = await open(draft, 'wx');
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/**
 * Makes a folder and those above it; true when this call made it, which of several at once only one is told. Not Node's `recursive`: that says
 * "made" to two callers when the folder above was missing too, and never ends below /proc.
 */
export async function makeDirectory(path: string): Promise<boolean> {
  const make = async () => {
    try {
      await mkdir(path);
      return true;
    } catch (error) {
      if (codeOf(error) === 'EEXIST' && (await pathKind(path)) === 'directory') return false;
      throw error;
    }
  };
  try {
    return await make();
  } catch (error) {
    const above = dirname(path);
    if (codeOf(error) !== 'ENOENT' || above === path) throw error;
    await makeDirectory(above);
    return await make();
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : null;
}

/** What stands at a path; null when there is nothing or it may not be seen. */
export async function pathKind(path: string): Promise<'file' | 'directory' | 'other' | null> {
  const found = await stat(path).catch(() => null);
  if (found === null) return null;
  return found.isFile() ? 'file' : found.isDirectory() ? 'directory' : 'other';
}

/** Bytes that this process may still write on the disk of a path; null where that cannot be told. */
export async function freeBytes(path: string): Promise<number | null> {
  const found = await statfs(path).catch(() => null);
  return found === null ? null : found.bavail * found.bsize;
}

/** Moves a file over whatever has the new name, or a folder to a name that nothing (or an empty folder) has. Rejects with the system's error. */
export async function movePath(from: string, to: string): Promise<void> {
  await rename(from, to);
}

/** Removes a file or a folder with all that is in it; nothing when it is not there. */
export async function removePath(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
}

/** Waits until what was written into a file has reached the disk. */
export async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Copies a file to a path that nothing has, onto the disk; its owner may write the copy, also where the source is read-only. */
export async function copyWholeFile(from: string, to: string): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  await chmod(to, 0o644);
  await syncFile(to);
}

/** The system's folder for files that need not last. */
export function temporaryFolder(): string {
  return tmpdir();
}
