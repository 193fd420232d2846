/**
 * The URL of a sibling module to be loaded by a worker or a child process: `.ts` when running from source, `.js` when
 * built. TypeScript rewrites import specifiers but not URLs.
 */
export function moduleUrl(specifier: `${string}.ts`, base: string): URL {
  return new URL(base.endsWith('.ts') ? specifier : specifier.replace(/\.ts$/, '.js'), base);
}
