import { NS_PER_S, type RunNs } from '../../src/model/time.ts';

export type VersionChange = { readonly from: string | null; readonly to: string };

/**
 * API versions as they are answered → their changes: each version when it is first seen, and, while replicas of two versions take turns, one change a second at most.
 *
 *     v3.14 v3.14 v3.15 v3.14 v3.15 (all within a second) → null to v3.14, v3.14 to v3.15
 */
export function apiVersions(
  now: () => RunNs,
  tell: (change: VersionChange) => void,
): (seen: string) => void {
  const known = new Set<string>();
  let told: string | null = null;
  let toldAt: RunNs = Number.NEGATIVE_INFINITY;
  return (seen) => {
    if (seen === told) return;
    if (known.has(seen) && now() - toldAt < NS_PER_S) return;
    tell({ from: told, to: seen });
    known.add(seen);
    [told, toldAt] = [seen, now()];
  };
}
