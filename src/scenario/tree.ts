import type { Place } from './problem.ts';

/**
 * A scenario's values with the place of each: what is left of the YAML once aliases are resolved. Variables and --set are
 * applied to it; the schema is applied to its plain form, and its problems find their places here. A `broken` node has had its
 * problem told (an alias to nowhere, an unset variable): what the schema thinks of it is not worth a second line.
 */
export type TreeNode = MapNode | ListNode | ScalarNode;

export type MapNode = {
  readonly type: 'map';
  readonly place: Place;
  readonly broken: boolean;
  readonly entries: ReadonlyMap<string, Entry>;
};

export type Entry = { readonly keyPlace: Place; readonly node: TreeNode };

export type ListNode = {
  readonly type: 'list';
  readonly place: Place;
  readonly broken: boolean;
  readonly items: readonly TreeNode[];
};

export type ScalarNode = {
  readonly type: 'scalar';
  readonly place: Place;
  readonly broken: boolean;
  readonly value: string | number | boolean | null;
  /** Written without quotes. */
  readonly plain: boolean;
  /** True for a key with nothing after it: there is no text to point at. */
  readonly empty: boolean;
  /** Where each `${` of the value stands; empty when that is not known. */
  readonly variables: readonly Place[];
  /** The value as it may be shown, where a variable put a secret into it. */
  readonly masked: string | null;
  /** A plain text that a variable has made: it may become a number or a boolean if the schema wants one. */
  readonly substituted: boolean;
};

export type Path = readonly (string | number)[];

export type PlainValue =
  | string
  | number
  | boolean
  | null
  | readonly PlainValue[]
  | { readonly [key: string]: PlainValue };

/** The tree without places; `leaf` chooses what stands for a scalar. */
export function plainValue(
  node: TreeNode,
  leaf: (scalar: ScalarNode) => PlainValue = (scalar) => scalar.value,
): PlainValue {
  switch (node.type) {
    case 'scalar':
      return leaf(node);
    case 'list':
      return node.items.map((item) => plainValue(item, leaf));
    case 'map':
      return Object.fromEntries(
        [...node.entries].map(([key, entry]) => [key, plainValue(entry.node, leaf)]),
      );
  }
}

/** The tree with every scalar replaced; places stay. */
export function mapScalars(
  node: TreeNode,
  change: (scalar: ScalarNode, path: Path) => ScalarNode,
  path: Path = [],
): TreeNode {
  switch (node.type) {
    case 'scalar':
      return change(node, path);
    case 'list':
      return {
        ...node,
        items: node.items.map((item, at) => mapScalars(item, change, [...path, at])),
      };
    case 'map': {
      const entries = [...node.entries].map(([key, entry]): [string, Entry] => [
        key,
        { ...entry, node: mapScalars(entry.node, change, [...path, key]) },
      ]);
      return { ...node, entries: new Map(entries) };
    }
  }
}

/** What stands under a key or index; undefined when nothing does. */
export function child(node: TreeNode, key: PropertyKey): TreeNode | undefined {
  if (node.type === 'map') return node.entries.get(String(key))?.node;
  if (node.type === 'list') return node.items[Number(key)];
  return undefined;
}

/**
 * What stands at a path and where to point: a scalar where it is written, a map or list at its key. `missing` is the
 * rest of the path that is not in the file; the place is then that of the last thing that is.
 */
export function locate(
  root: TreeNode,
  path: readonly PropertyKey[],
): { readonly node: TreeNode; readonly place: Place; readonly missing: readonly PropertyKey[] } {
  let node = root;
  let place = root.place;
  for (const [depth, key] of path.entries()) {
    const next = child(node, key);
    if (next === undefined) return { node, place, missing: path.slice(depth) };
    const keyPlace = node.type === 'map' ? node.entries.get(String(key))?.keyPlace : undefined;
    const standsAlone = next.type === 'scalar' && !next.empty;
    place = standsAlone || keyPlace === undefined ? next.place : keyPlace;
    node = next;
  }
  return { node, place, missing: [] };
}

/** Where a key itself stands. */
export function keyPlace(root: TreeNode, path: readonly PropertyKey[], key: string): Place {
  const { node, place } = locate(root, path);
  return node.type === 'map' ? (node.entries.get(key)?.keyPlace ?? place) : place;
}
