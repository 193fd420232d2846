import { fileURLToPath } from 'node:url';

/** `http/server` → the path of that program of a bench, built as users' code is (`npm run build:bench`). What loads TypeScript makes every function and every error dearer. */
export function built(name: string): string {
  return fileURLToPath(new URL(`../../dist-bench/bench/${name}.js`, import.meta.url));
}
