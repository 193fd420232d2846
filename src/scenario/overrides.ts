import { nearest } from './nearest.ts';
import { type Place, problemAt, type ScenarioProblem } from './problem.ts';
import { readYaml } from './read-yaml.ts';
import type { Entry, TreeNode } from './tree.ts';

export type Overridden = {
  readonly tree: TreeNode;
  readonly problems: readonly ScenarioProblem[];
};

/**
 * Applies `--set path=value` in order. The path has dots (`\.` is a dot in a key) and counts list entries from 0; maps on
 * the way are made. The value is YAML; `null` (or `~`) removes. Removing what is not there is a mistake: it would hide a misspelt name.
 */
export function applyOverrides(root: TreeNode, set: readonly string[]): Overridden {
  const problems: ScenarioProblem[] = [];
  let tree = root;
  for (const argument of set) {
    const equals = argument.indexOf('=');
    const path = equals === -1 ? argument : argument.slice(0, equals);
    const place: Place = { line: 0, column: 0, set: path };
    const keys = path.split(/(?<!\\)\./).map((key) => key.replaceAll('\\.', '.'));
    if (equals === -1 || keys.some((key) => key === '' || key === '__proto__')) {
      const hint = 'write --set path=value, e.g. --set probes.vm.icmp.every=50ms';
      problems.push(problemAt(place, 'this is not path=value', hint));
      continue;
    }
    const value = readValue(argument.slice(equals + 1), path);
    if ('problems' in value) {
      problems.push(...value.problems);
      continue;
    }
    const made = put(tree, keys, value.node, place);
    if ('refused' in made) problems.push(problemAt(place, made.refused, made.hint));
    else tree = made.tree;
  }
  return { tree, problems };
}

/** `node` is null when the value says remove. */
function readValue(
  text: string,
  path: string,
): { readonly node: TreeNode | null } | { readonly problems: readonly ScenarioProblem[] } {
  if (/^\s*(~|null|Null|NULL)\s*$/.test(text)) return { node: null };
  // YAML would take what begins with # for a comment and the value for empty.
  if (/^\s*(#|$)/.test(text)) return { node: textNode(text, path) };
  const { tree, problems } = readYaml(text, path);
  if (problems.length > 0) return { problems };
  return { node: tree };
}

function textNode(value: string, set: string): TreeNode {
  const place = { line: 0, column: 0, set };
  const nothing = { variables: [], masked: null, substituted: false, broken: false };
  return { type: 'scalar', place, value, plain: false, empty: false, ...nothing };
}

type Put = { readonly tree: TreeNode } | { readonly refused: string; readonly hint: string | null };

function put(
  node: TreeNode | undefined,
  keys: readonly string[],
  value: TreeNode | null,
  place: Place,
): Put {
  const [key, ...rest] = keys;
  if (key === undefined) throw new Error('a path has at least one key');
  const empty = node === undefined || (node.type === 'scalar' && node.value === null);
  if (empty && value === null) return { refused: 'there is nothing to remove', hint: null };
  const parent: TreeNode = empty ? { type: 'map', place, broken: false, entries: new Map() } : node;
  switch (parent.type) {
    case 'scalar':
      return { refused: `"${key}" cannot be set: a single value stands there`, hint: null };
    case 'list': {
      const at = /^\d{1,6}$/.test(key) ? Number(key) : -1;
      const { length } = parent.items;
      const last = value === null || rest.length > 0 ? length - 1 : length;
      if (at < 0 || at > last) {
        const hint = last < 0 ? 'the list is empty' : `0 to ${String(last)}`;
        return { refused: `the list has no entry "${key}"`, hint };
      }
      if (rest.length === 0) {
        const items = [
          ...parent.items.slice(0, at),
          ...(value === null ? [] : [value]),
          ...parent.items.slice(at + 1),
        ];
        return { tree: { ...parent, items } };
      }
      const made = put(parent.items[at], rest, value, place);
      return 'refused' in made
        ? made
        : { tree: { ...parent, items: parent.items.with(at, made.tree) } };
    }
    case 'map': {
      const entries = new Map<string, Entry>(parent.entries);
      const entry = entries.get(key);
      if (value === null && entry === undefined) {
        return {
          refused: `there is no "${key}" to remove`,
          hint: nearest(key, [...entries.keys()]),
        };
      }
      if (rest.length === 0) {
        if (value === null) entries.delete(key);
        else entries.set(key, { keyPlace: place, node: value });
        return { tree: { ...parent, entries } };
      }
      const made = put(entry?.node, rest, value, place);
      if ('refused' in made) return made;
      entries.set(key, { keyPlace: entry?.keyPlace ?? place, node: made.tree });
      return { tree: { ...parent, entries } };
    }
  }
}
