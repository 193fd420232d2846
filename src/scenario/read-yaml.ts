import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import { messageOf } from '../errors/coded-error.ts';
import { type Place, problemAt, type ScenarioProblem } from './problem.ts';
import type { Entry, ScalarNode, TreeNode } from './tree.ts';
import { syntaxProblems } from './yaml-errors.ts';

/** Far above any scenario, and little enough that the worst text keeps the parser busy for a second. In characters. */
export const MOST_TEXT = 64 * 1024;
/** The parser makes regular expressions of this length; a huge one ends the process. */
export const MOST_INDENT = 256;
const TOO_FAR = new RegExp(`^[ \\t]{${String(MOST_INDENT + 1)}}`, 'm');
/** Values after aliases are expanded, and how deep they may nest. */
export const MOST_VALUES = 20_000;
export const MOST_DEPTH = 40;

export type ReadYaml = {
  /** Null when the text cannot be read at all. */
  readonly tree: TreeNode | null;
  readonly problems: readonly ScenarioProblem[];
};

/**
 * Text → tree, as strict YAML 1.2 (core schema): one document, no merge keys, no tags of one's own, every key once and a
 * text. `set` is the path of the --set the text comes from, null for the file. Never throws.
 */
export function readYaml(text: string, set: string | null): ReadYaml {
  const lines = new LineCounter();
  const placeOf = (offset: number): Place => {
    if (set !== null) return { line: 0, column: 0, set };
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col), set };
  };
  const refuse = (message: string, hint: string | null): ReadYaml => ({
    tree: null,
    problems: [
      problemAt({ line: set === null ? 1 : 0, column: set === null ? 1 : 0, set }, message, hint),
    ],
  });
  if (text.length > MOST_TEXT) {
    return refuse('the scenario is too large', `at most ${String(MOST_TEXT / 1024)} KiB`);
  }
  const indented = text.search(TOO_FAR);
  if (indented !== -1) {
    const line = text.slice(0, indented).split('\n').length;
    const place = { line: set === null ? line : 0, column: set === null ? 1 : 0, set };
    const hint = `at most ${String(MOST_INDENT)} blanks`;
    return { tree: null, problems: [problemAt(place, 'indented too far', hint)] };
  }
  let document: Document.Parsed;
  try {
    document = parseDocument(text, {
      version: '1.2',
      schema: 'core',
      merge: false,
      lineCounter: lines,
      prettyErrors: false,
      // Checked by the reader below: the parser compares every key with every other.
      uniqueKeys: false,
    });
  } catch (error) {
    // The parser recurses; a thousand brackets exhaust its stack.
    return refuse('this YAML cannot be read', `nested too deeply: ${messageOf(error)}`);
  }
  const broken = syntaxProblems(document, text, placeOf);
  if (document.errors.length > 0) return { tree: null, problems: broken };
  if (document.contents === null) {
    return set === null
      ? refuse('the scenario is empty', 'it begins with "version: 1"')
      : refuse('the value is empty', 'null removes');
  }
  const reader = treeReader(text, placeOf);
  const tree = reader.read(document.contents, 0);
  return { tree, problems: [...broken, ...reader.problems] };
}

/** Turns the parser's nodes into the tree, in the order of the text: an alias means the last anchor before it. */
function treeReader(text: string, placeOf: (offset: number) => Place) {
  const problems: ScenarioProblem[] = [];
  const anchors = new Map<string, Node>();
  const open = new Set<Node>();
  let values = 0;
  let aliases = 0;

  const nothing = (place: Place, broken = false): ScalarNode => ({
    type: 'scalar',
    place,
    broken,
    value: null,
    plain: true,
    empty: true,
    variables: [],
    masked: null,
    substituted: false,
  });
  const startOf = (node: Node) => placeOf(node.range?.[0] ?? 0);

  const read = (node: Node, depth: number): TreeNode => {
    const place = startOf(node);
    values += 1;
    if (values > MOST_VALUES || depth > MOST_DEPTH) {
      if (values <= MOST_VALUES || values === MOST_VALUES + 1) {
        const what = depth > MOST_DEPTH ? 'nested too deeply' : 'too many values';
        const limit = `at most ${String(depth > MOST_DEPTH ? MOST_DEPTH : MOST_VALUES)}`;
        problems.push(problemAt(place, what, `${limit}, aliases expanded`));
      }
      return nothing(place, true);
    }
    if (isAlias(node)) {
      const anchored = anchors.get(node.source);
      if (anchored === undefined || open.has(anchored)) {
        const hint =
          anchored === undefined
            ? 'an anchor stands before its aliases'
            : 'it stands inside its own anchor';
        problems.push(problemAt(place, 'an alias leads nowhere', hint));
        return nothing(place, true);
      }
      aliases += 1;
      const expanded = read(anchored, depth + 1);
      aliases -= 1;
      return expanded;
    }
    const anchorable = isScalar(node) || isCollection(node);
    if (anchorable && node.anchor !== undefined && aliases === 0) {
      anchors.set(node.anchor, node);
    }
    open.add(node);
    const made = content(node, place, depth);
    open.delete(node);
    return made;
  };

  const content = (node: Node, place: Place, depth: number): TreeNode => {
    if (isMap(node)) return mapOf(node, place, depth);
    if (isCollection(node)) {
      const items = node.items.flatMap((item) => (isNode(item) ? [read(item, depth + 1)] : []));
      return { type: 'list', place, broken: false, items };
    }
    return isScalar(node) ? scalarOf(node, place) : nothing(place);
  };

  const mapOf = (map: YAMLMap, place: Place, depth: number): TreeNode => {
    let broken = false;
    const entries = new Map<string, Entry>();
    for (const pair of map.items) {
      const { key, value } = pair as { readonly key: Node | null; readonly value: Node | null };
      const keyPlace = key === null ? place : startOf(key);
      const name = keyName(key);
      const earlier = name === null ? undefined : entries.get(name);
      // Read even where the key is refused: the value has anchors, and mistakes of its own.
      const node = value === null ? nothing(keyPlace) : read(value, depth + 1);
      if (name === null) {
        broken = true;
        problems.push(problemAt(keyPlace, 'a key must be a plain text', null));
      } else if (name === '<<') {
        broken = true;
        const hint = 'YAML 1.2 has none; repeat the keys, or alias a whole value';
        problems.push(problemAt(keyPlace, 'merge keys (<<) are not supported', hint));
      } else if (earlier === undefined) {
        entries.set(name, { keyPlace, node });
      } else {
        const { line } = earlier.keyPlace;
        const hint = line === 0 ? null : `first on line ${String(line)}`;
        problems.push(problemAt(keyPlace, `duplicate key "${name}"`, hint));
      }
    }
    return { type: 'map', place, broken, entries };
  };

  const scalarOf = (scalar: Scalar, place: Place): ScalarNode => {
    const [start, end] = scalar.range ?? [0, 0, 0];
    const { value } = scalar;
    const known =
      typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
        ? value
        : null;
    const variables =
      typeof value === 'string'
        ? [...text.slice(start, end).matchAll(/\$\{/g)].map(({ index }) => placeOf(start + index))
        : [];
    const plain = scalar.type === 'PLAIN';
    return { ...nothing(place), value: known, plain, empty: end === start, variables };
  };

  return { read, problems };
}

/** Null for a key that is no text: a list, a map, nothing, or the one name that JavaScript reserves. */
function keyName(key: Node | null): string | null {
  if (!isScalar(key) || key.value === null) return null;
  const name = typeof key.value === 'string' ? key.value : (key.source ?? '');
  return name === '' || name === '__proto__' ? null : name;
}
