import type { z } from 'zod';
import { nearest } from './nearest.ts';
import { type Place, problemAt, type ScenarioProblem } from './problem.ts';
import { knownKeys, schemasAlong, schemasAt } from './schema-walk.ts';
import { child, keyPlace, locate, type TreeNode } from './tree.ts';

type Issue = z.core.$ZodIssue;

/** zod's issues → problems at the place of the key or value that is wrong. */
export function explainIssues(
  issues: readonly Issue[],
  root: TreeNode,
  schema: z.core.$ZodType,
): readonly ScenarioProblem[] {
  const explain = (issue: Issue, base: readonly PropertyKey[]): readonly ScenarioProblem[] => {
    const path = [...base, ...issue.path];
    const { place, missing, node } = locate(root, path);
    if (node.broken) return [];
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => {
        const at = keyPlace(root, path, key);
        return problemAt(at, `unknown key "${key}"`, unknownKeyHint(key, path, node, schema));
      });
    }
    if (issue.code === 'invalid_key') {
      const at = keyPlace(root, path.slice(0, -1), String(path.at(-1)));
      return issue.issues.map(({ message }) => problemAt(at, message));
    }
    const ofValue = ['invalid_type', 'invalid_value', 'invalid_union'].includes(issue.code);
    if (ofValue && missing.length > 0) return [missingKey(missing, place, issue.message)];
    const branch = issue.code === 'invalid_union' ? likeliest(issue.errors) : null;
    if (branch !== null) return branch.flatMap((each) => explain(each, path));
    return [problemAt(place, issue.message, valueHint(issue, node))];
  };
  return issues.flatMap((issue) => explain(issue, []));
}

/** The words for zod's own messages; a schema's own message goes before these. */
export function wording(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined
        ? `give ${noun(issue.expected)}`
        : `expected ${noun(issue.expected)}, not ${nounOf(issue.input)}`;
    case 'invalid_value':
      return `expected ${issue.values.map(String).join(' or ')}`;
    case 'too_small':
      return tooFar('least', issue.origin, Number(issue.minimum), issue.inclusive !== false);
    case 'too_big':
      return tooFar('most', issue.origin, Number(issue.maximum), issue.inclusive !== false);
    case 'invalid_format':
      return issue.format === 'regex'
        ? `does not have the form ${issue.pattern ?? ''}`
        : `not a valid ${issue.format}`;
    case 'not_multiple_of':
      return `must be a multiple of ${String(issue.divisor)}`;
    case 'unrecognized_keys':
      return 'unknown key';
    case 'invalid_union': {
      const { errors } = issue;
      const [first] = errors.map((each) => each[0]);
      if (errors.length === 0 || first === undefined) return 'none of the known forms';
      const expected = errors.flatMap((each) =>
        each[0]?.code === 'invalid_type' ? [noun(each[0].expected)] : [],
      );
      const forms = [...new Set(expected)].join(' or ');
      if (expected.length < errors.length) return 'none of the known forms';
      return issue.input === undefined
        ? `give ${forms}`
        : `expected ${forms}, not ${nounOf(issue.input)}`;
    }
    case 'invalid_key':
    case 'invalid_element':
    case 'custom':
      return 'not valid';
  }
}

/** Of a union's branches the one that was meant: of those that like the value's type, the one with the fewest issues. */
function likeliest(branches: readonly (readonly Issue[])[]): readonly Issue[] | null {
  const meant = branches
    .filter(
      (issues) => !issues.some(({ code, path }) => code === 'invalid_type' && path.length === 0),
    )
    .sort((a, b) => weight(a) - weight(b));
  return meant[0] ?? null;
}

function weight(issues: readonly Issue[]): number {
  return issues.reduce((sum, issue) => sum + ('keys' in issue ? issue.keys.length : 1), 0);
}

function missingKey(
  missing: readonly PropertyKey[],
  place: Place,
  message: string,
): ScenarioProblem {
  const [first] = missing;
  if (typeof first === 'number') {
    return problemAt(place, tooFar('least', 'array', first + 1, true), message);
  }
  return problemAt(place, `"${missing.map(String).join('.')}" is missing`, message);
}

function valueHint(issue: Issue, node: TreeNode): string | null {
  if (issue.code === 'invalid_union') {
    // A discriminated union says what its key may be, which zod's type of the issue leaves out.
    const options: unknown = 'options' in issue ? issue.options : null;
    return Array.isArray(options) ? `one of ${options.map(String).join(', ')}` : null;
  }
  if (node.type !== 'scalar') return null;
  if (issue.code === 'invalid_value' && typeof node.value === 'string') {
    const near = nearest(node.value, issue.values.map(String));
    return near?.startsWith('did you mean') === true ? near : null;
  }
  const isText = issue.code === 'invalid_type' && issue.expected === 'string';
  const quotable = typeof node.value === 'number' || typeof node.value === 'boolean';
  return isText && quotable && issue.message.startsWith('expected a text')
    ? 'put it in quotes'
    : null;
}

/** The nearest known key, unless the key is known one level down: then it stands in the wrong place. */
function unknownKeyHint(
  key: string,
  path: readonly PropertyKey[],
  node: TreeNode,
  schema: z.core.$ZodType,
): string | null {
  const schemas = schemasAlong(schema, path);
  const known = knownKeys(schemas);
  const present = node.type === 'map' ? [...node.entries.keys()] : [];
  const owner = present.find(
    (other) =>
      known.includes(other) &&
      knownKeys(schemas.flatMap((each) => schemasAt(each, other))).includes(key),
  );
  if (owner !== undefined) return `it belongs inside "${owner}"`;
  const free = known.filter((each) => child(node, each) === undefined);
  const near = nearest(key, free);
  return near?.startsWith('did you mean') === true ? near : nearest(key, known);
}

function noun(type: string): string {
  switch (type) {
    case 'string':
      return 'a text';
    case 'number':
      return 'a number';
    case 'int':
      return 'a whole number';
    case 'boolean':
      return 'true or false';
    case 'array':
    case 'tuple':
      return 'a list';
    case 'object':
    case 'record':
      return 'a map';
    case 'null':
      return 'nothing';
    default:
      return type;
  }
}

function nounOf(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number' && !Number.isFinite(value)) return 'infinity or nan';
  if (typeof value === 'number' && !Number.isInteger(value)) return 'a fraction';
  return noun(typeof value);
}

function tooFar(way: 'least' | 'most', origin: string, limit: number, inclusive: boolean): string {
  if (origin === 'string') {
    if (way === 'least' && limit === 1) return 'must not be empty';
    return `must have at ${way} ${String(limit)} characters`;
  }
  if (origin === 'array' || origin === 'object' || origin === 'record') {
    return `must have at ${way} ${String(limit)} ${limit === 1 ? 'entry' : 'entries'}`;
  }
  if (inclusive) return `must be at ${way} ${String(limit)}`;
  return `must be ${way === 'least' ? 'more' : 'less'} than ${String(limit)}`;
}
