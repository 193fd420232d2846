import type { z } from 'zod';
import { wording } from './explain.ts';
import { locate, mapScalars, plainValue, type TreeNode } from './tree.ts';
import { typedScalar } from './variables.ts';

type Issue = z.core.$ZodIssue;

export type Validated<T> = {
  readonly tree: TreeNode;
} & (
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly issues: readonly Issue[] }
);

/**
 * Applies the schema. A variable's value is a text (`name: ${N}` stays `"5"`), unless the schema wants a number or a boolean
 * there: `replicas: ${N}` is then read as the YAML it would have been. The tree that comes back has those values.
 */
export function validate<T>(root: TreeNode, schema: z.ZodType<T>): Validated<T> {
  const first = schema.safeParse(plainValue(root), { error: wording });
  if (first.success) return { ok: true, value: first.data, tree: root };
  const wanted = new Set(pathsOf(first.error.issues, []).flatMap((path) => asTyped(root, path)));
  if (wanted.size === 0) return { ok: false, issues: first.error.issues, tree: root };
  const tree = mapScalars(root, (scalar) =>
    wanted.has(scalar) && typeof scalar.value === 'string'
      ? { ...scalar, value: typedScalar(scalar.value), masked: scalar.masked }
      : scalar,
  );
  const second = schema.safeParse(plainValue(tree), { error: wording });
  return second.success
    ? { ok: true, value: second.data, tree }
    : { ok: false, issues: second.error.issues, tree };
}

/** Where something other than a text was wanted. */
function pathsOf(
  issues: readonly Issue[],
  base: readonly PropertyKey[],
): readonly (readonly PropertyKey[])[] {
  return issues.flatMap((issue) => {
    const path = [...base, ...issue.path];
    if (issue.code === 'invalid_union') {
      return issue.errors.flatMap((branch) => pathsOf(branch, path));
    }
    const typed =
      (issue.code === 'invalid_type' && ['number', 'int', 'boolean'].includes(issue.expected)) ||
      (issue.code === 'invalid_value' && issue.values.some((value) => typeof value !== 'string'));
    return typed ? [path] : [];
  });
}

function asTyped(root: TreeNode, path: readonly PropertyKey[]): readonly TreeNode[] {
  const { node, missing } = locate(root, path);
  if (missing.length > 0 || node.type !== 'scalar' || !node.substituted) return [];
  return typeof node.value === 'string' && typedScalar(node.value) !== null ? [node] : [];
}
