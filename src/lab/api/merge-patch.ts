import { isRecord } from './record.ts';

/** RFC 7386: objects are merged, null removes, anything else (lists too) replaces. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  return mergeWith(target, patch, mergePatch);
}

/**
 * The lists that Kubernetes merges item by item, and the key an item is known by. Keyed by the list's own name, which is
 * enough for what the lab holds.
 */
const MERGE_KEYS: Readonly<Record<string, string>> = {
  containers: 'name',
  initContainers: 'name',
  env: 'name',
  volumes: 'name',
  volumeMounts: 'mountPath',
  ports: 'containerPort',
  conditions: 'type',
  ownerReferences: 'uid',
};

/**
 * Kubernetes' strategic merge: as a merge patch, but an item of a keyed list changes the item with the same key or is
 * added. `$patch: delete` removes an item, `$patch: replace` takes the patch as it is.
 */
export function strategicMergePatch(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const { $patch: directive, ...rest } = patch;
  if (directive === 'replace') return rest;
  return mergeWith(target, rest, (current, change, key) => {
    const mergeKey = mergeKeyOf(key, change);
    if (mergeKey === null || !Array.isArray(change)) return strategicMergePatch(current, change);
    return mergeLists(Array.isArray(current) ? current : [], change, mergeKey);
  });
}

function mergeLists(current: readonly unknown[], change: readonly unknown[], key: string): unknown {
  if (change.some((item) => isRecord(item) && item['$patch'] === 'replace')) {
    return change.filter((item) => !(isRecord(item) && item['$patch'] === 'replace'));
  }
  const merged = [...current];
  for (const item of change) {
    if (!isRecord(item)) continue;
    const at = merged.findIndex((known) => isRecord(known) && known[key] === item[key]);
    if (item['$patch'] === 'delete') {
      if (at >= 0) merged.splice(at, 1);
    } else if (at >= 0) merged[at] = strategicMergePatch(merged[at], item);
    else merged.push(strategicMergePatch({}, item));
  }
  return merged;
}

/** A Service's ports are keyed by `port`, a container's by `containerPort`. */
function mergeKeyOf(list: string, change: unknown): string | null {
  if (!Array.isArray(change)) return null;
  if (list !== 'ports') return MERGE_KEYS[list] ?? null;
  const first: unknown = change[0];
  return isRecord(first) && !('containerPort' in first) ? 'port' : 'containerPort';
}

function mergeWith(
  target: unknown,
  patch: Readonly<Record<string, unknown>>,
  merge: (current: unknown, change: unknown, key: string) => unknown,
): unknown {
  const result: Record<string, unknown> = isRecord(target) ? { ...target } : {};
  for (const [key, change] of Object.entries(patch)) {
    if (key.startsWith('$')) continue;
    if (change === null) Reflect.deleteProperty(result, key);
    else result[key] = merge(result[key], change, key);
  }
  return result;
}
