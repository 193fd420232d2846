import type { ReadyCount } from '../../src/model/event.ts';
import type { Owner } from './owner.ts';
import type { PodFacts } from './pod-facts.ts';

/** A pod serves when it is Ready and nobody has asked for its deletion: it stays Ready for a while after that. */
export function isServing(pod: Pick<PodFacts, 'ready' | 'deletion'>): boolean {
  return pod.ready && pod.deletion === null;
}

export function readyPods(pods: readonly PodFacts[], owner: Owner): number {
  return pods.filter(
    (pod) => pod.owner.kind === owner.kind && pod.owner.name === owner.name && isServing(pod),
  ).length;
}

/** A workload's figures from one moment to the next. `proven` is the highest floor it has met in this run. */
export type WorkloadCount = ReadyCount & { readonly proven: number };

/**
 * The floor in force: what the strategy asks for now, but not more than was met before, until it is met. So a
 * workload that is new, or scaled up, has not lost what it never had; one scaled to nothing and back has.
 *
 *     replicas 3 → 5, ready 3, 4, 5      floor 3, 3, 5     (with maxUnavailable 0)
 *     replicas 3 → 0 → 3, ready 0, 3     floor 0, 3: short of 3 until they are back
 */
export function countReady(
  before: WorkloadCount | null,
  now: { readonly ready: number; readonly desired: number; readonly floor: number },
  restarts: number,
): WorkloadCount {
  const { ready, desired, floor } = now;
  const proven = Math.max(before?.proven ?? 0, ready >= floor ? floor : 0);
  return { ready, desired, floor: Math.min(floor, proven), restarts, proven };
}
