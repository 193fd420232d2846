import { readdir } from 'node:fs/promises';

export type FolderEntry = {
  readonly name: string;
  /** A link is one whatever it points to: nothing is followed. */
  readonly kind: 'file' | 'directory' | 'link' | 'other';
};

/** What is in a folder, by name. Rejects with the system's error. */
export async function listFolder(path: string): Promise<readonly FolderEntry[]> {
  const entries = await readdir(path, { withFileTypes: true });
  return entries
    .map((entry): FolderEntry => {
      const kind = entry.isSymbolicLink()
        ? 'link'
        : entry.isFile()
          ? 'file'
          : entry.isDirectory()
            ? 'directory'
            : 'other';
      return { name: entry.name, kind };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
