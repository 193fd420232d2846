import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Does something in a folder of its own, which is gone afterwards. */
export async function inScratch<T>(doing: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'rollproof-bench-'));
  try {
    return await doing(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
