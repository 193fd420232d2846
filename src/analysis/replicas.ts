import type { ReplicaAnalysis, TokenPair } from '../model/analysis.ts';
import type { ReplicaCheck, RunEvent, Subject } from '../model/event.ts';
import type { Reason } from '../model/sample.ts';
import type { RunNs } from '../model/time.ts';
import { createLatencies } from './latencies.ts';

/** Answers by which a replica says that it does not take a token. What else goes wrong is the replica's, not the pair's. */
const REFUSALS: readonly Reason[] = ['auth', 'content'];

type Check = { readonly at: RunNs; readonly reason: Reason };

type Replica = {
  readonly kind: string;
  readonly name: string;
  readonly uid: string | null;
  /** Of the first check. */
  firstAt: RunNs;
  ok: number;
  readonly unsuccessful: Check[];
  /** When it was ok, to tell where a row of unsuccessful checks ends. */
  readonly okAt: RunNs[];
  readonly latencies: ReturnType<typeof createLatencies>;
};

type Pair = {
  /** Keys of the two replicas. */
  readonly issuedBy: string;
  readonly before: boolean;
  readonly validatedBy: string;
  ok: number;
  unanswered: number;
  readonly refused: Check[];
};

/**
 * `replica` events of one probe, in any order → each replica's record, and for each pair of replicas whether the one took the other's tokens:
 *
 *     k1 issues a token; k2 validates it: ok, ok, auth      → k1 → k2: ok 2, refused 1 (auth)
 *     k2 does not answer                                     → k1 → k2: unanswered 1
 */
export function createReplicas() {
  const replicas = new Map<string, Replica>();
  const pairs = new Map<string, Pair>();

  const replicaOf = ({ kind, name, uid }: Subject, at: RunNs): Replica => {
    const key = uid ?? name;
    const known = replicas.get(key) ?? {
      kind,
      name,
      uid,
      firstAt: at,
      ok: 0,
      unsuccessful: [],
      okAt: [],
      latencies: createLatencies(),
    };
    replicas.set(key, known);
    known.firstAt = Math.min(known.firstAt, at);
    return known;
  };
  const pairOf = (issuedBy: string, before: boolean, validatedBy: string): Pair => {
    const key = JSON.stringify([issuedBy, before, validatedBy]);
    const known = pairs.get(key) ?? {
      issuedBy,
      before,
      validatedBy,
      ok: 0,
      unanswered: 0,
      refused: [],
    };
    pairs.set(key, known);
    return known;
  };

  return {
    event: ({ subject, at, what, detail }: RunEvent) => {
      if (subject === null) return;
      const check = detail as ReplicaCheck;
      const { outcome, reason, latencyNs, issuedBy, issuerUid, before = false } = check;
      if (outcome === 'unsent') return;
      const replica = replicaOf(subject, at);
      if (what === 'issue') {
        if (outcome === 'ok') {
          replica.ok++;
          replica.okAt.push(at);
          if (latencyNs !== null) replica.latencies.add(latencyNs);
        } else {
          replica.unsuccessful.push({ at, reason });
        }
        return;
      }
      if (issuedBy === undefined) return;
      const pair = pairOf(issuerUid ?? issuedBy, before, subject.uid ?? subject.name);
      if (outcome === 'ok') pair.ok++;
      else if (REFUSALS.includes(reason)) pair.refused.push({ at, reason });
      else pair.unanswered++;
    },
    finish: (): {
      readonly replicas: readonly ReplicaAnalysis[];
      readonly tokenPairs: readonly TokenPair[];
    } => {
      // Not in the order of the checks' ends: a run that is read back gives the same report.
      const ordered = [...replicas].sort(
        ([, a], [, b]) => a.firstAt - b.firstAt || a.name.localeCompare(b.name),
      );
      const labels = labelsOf(ordered);
      const rank = new Map(ordered.map(([key], index) => [key, index]));
      const place = ({ issuedBy, before, validatedBy }: Pair) =>
        [before ? 0 : 1, rank.get(issuedBy) ?? ordered.length, rank.get(validatedBy) ?? 0] as const;
      const label = (key: string) => labels.get(key) ?? key;
      return {
        replicas: ordered.map(([key, replica]) => ({
          kind: replica.kind,
          name: label(key),
          uid: replica.uid,
          ok: replica.ok,
          unsuccessful: replica.unsuccessful.length,
          down: downTimes(replica),
          latency: replica.latencies.summary(),
        })),
        tokenPairs: [...pairs.values()]
          .sort((a, b) => inOrder(place(a), place(b)))
          .map(({ refused, issuedBy, validatedBy, ...pair }) => {
            const sorted = refused.toSorted((a, b) => a.at - b.at);
            return {
              issuedBy: label(issuedBy),
              ...pair,
              validatedBy: label(validatedBy),
              refused: refused.length,
              firstRefused: sorted[0]?.at ?? null,
              lastRefused: sorted.at(-1)?.at ?? null,
              reason: sorted[0]?.reason ?? null,
            };
          }),
      };
    },
  };
}

/** `[0, 2, 1]` before `[0, 3, 0]`. */
function inOrder(a: readonly number[], b: readonly number[]): number {
  for (const [index, value] of a.entries()) {
    const apart = value - (b[index] ?? 0);
    if (apart !== 0) return apart;
  }
  return 0;
}

/** What each is called: by its name, and a pod of the same name made anew `keystone-0 (2)`. */
function labelsOf(ordered: readonly (readonly [string, Replica])[]): ReadonlyMap<string, string> {
  const seen = new Map<string, number>();
  return new Map(
    ordered.map(([key, { name }]) => {
      const nth = (seen.get(name) ?? 0) + 1;
      seen.set(name, nth);
      return [key, nth === 1 ? name : `${name} (${String(nth)})`];
    }),
  );
}

/** Maximal rows of unsuccessful checks: from the first of them to the last, with the reason of the first. */
function downTimes({ unsuccessful, okAt }: Replica): ReplicaAnalysis['down'] {
  const oks = okAt.toSorted((a, b) => a - b);
  const down: { start: RunNs; end: RunNs; checks: number; reason: Reason }[] = [];
  let next = 0;
  for (const { at, reason } of unsuccessful.toSorted((a, b) => a.at - b.at)) {
    const before = next;
    while (next < oks.length && (oks[next] ?? 0) < at) next++;
    const last = down.at(-1);
    if (last === undefined || next > before) down.push({ start: at, end: at, checks: 1, reason });
    else {
      last.end = at;
      last.checks++;
    }
  }
  return down;
}
