/** The least an object in a store has: its identity and the version (resourceVersion) it was seen in. */
export type Versioned = { readonly uid: string; readonly name: string; readonly version: string };

export type Snapshot<T> = { readonly version: string; readonly items: readonly T[] };

export type Change<T> =
  | { readonly type: 'put'; readonly before: T | null; readonly after: T }
  /** `last` is its last version: from the DELETED event, or as it was last seen when it vanished in a gap. */
  | { readonly type: 'gone'; readonly before: T; readonly last: T };

export type ObjectStore<T> = {
  /** The version a watch goes on from. */
  readonly version: () => string;
  readonly bookmark: (version: string) => void;
  /** Null when it says nothing new: a replay after a list. */
  readonly put: (object: T) => Change<T> | null;
  readonly remove: (last: T) => Change<T> | null;
  /** True when the list, taken later, shows something that the store has not seen. */
  readonly lags: (list: Snapshot<T>) => boolean;
  /**
   * Takes the list for the truth → what changed, by UID: one replaced under the same name is gone and put. What the stream has brought since
   * the list was taken stays, unless versions have begun anew (`restored`) and say nothing of which is newer.
   */
  readonly adopt: (list: Snapshot<T>, restored: boolean) => readonly Change<T>[];
};

/**
 * resourceVersions are decimal revisions (comparable by KEP-5504; true of every API server over etcd). Anything else that differs counts as
 * newer: then nothing is withheld.
 */
export function isNewer(version: string, than: string): boolean {
  if (version === than) return false;
  if (!/^\d+$/.test(version) || !/^\d+$/.test(than)) return true;
  return BigInt(version) > BigInt(than);
}

/**
 * A list shows all that was written before it was asked for; one of an older version than was seen by then comes from a server
 * that was restored from a backup.
 */
export function isRestored(list: { readonly version: string }, seen: string): boolean {
  return isNewer(seen, list.version) && !isNewer(list.version, seen);
}

export function createObjectStore<T extends Versioned>(first: Snapshot<T>): ObjectStore<T> {
  const known = new Map(first.items.map((object) => [object.uid, object]));
  // UIDs never come back, so one that is gone is not missing from the store when an older list still shows it.
  const gone = new Set<string>();
  let version = first.version;

  const bookmark = (to: string) => {
    version = to;
  };
  const drop = (before: T, last: T): Change<T> => {
    known.delete(before.uid);
    gone.add(before.uid);
    return { type: 'gone', before, last };
  };
  return {
    version: () => version,
    bookmark,
    put: (object) => {
      bookmark(object.version);
      const before = known.get(object.uid) ?? null;
      if (gone.has(object.uid)) return null;
      if (before !== null && !isNewer(object.version, before.version)) return null;
      known.set(object.uid, object);
      return { type: 'put', before, after: object };
    },
    remove: (last) => {
      bookmark(last.version);
      const before = known.get(last.uid);
      gone.add(last.uid);
      return before === undefined ? null : drop(before, last);
    },
    lags: (list) => {
      const listed = new Set(list.items.map(({ uid }) => uid));
      const behind = list.items.some((item) => {
        const seen = known.get(item.uid);
        return seen === undefined ? !gone.has(item.uid) : isNewer(item.version, seen.version);
      });
      const vanished = [...known.values()].some(
        (seen) => !listed.has(seen.uid) && !isNewer(seen.version, list.version),
      );
      return behind || vanished;
    },
    adopt: (list, restored) => {
      const listed = new Map(list.items.map((item) => [item.uid, item]));
      const changes: Change<T>[] = [];
      for (const seen of known.values()) {
        if (listed.has(seen.uid)) continue;
        if (restored || !isNewer(seen.version, list.version)) changes.push(drop(seen, seen));
      }
      for (const item of listed.values()) {
        const before = known.get(item.uid) ?? null;
        const same = before !== null && before.version === item.version;
        if (same || (!restored && gone.has(item.uid))) continue;
        if (before !== null && !restored && !isNewer(item.version, before.version)) continue;
        known.set(item.uid, item);
        changes.push({ type: 'put', before, after: item });
      }
      version = list.version;
      return changes;
    },
  };
}
