import { stringify } from 'yaml';
import { plainValue, type ScalarNode, type TreeNode } from './tree.ts';
import { escapeVariables } from './variables.ts';

/**
 * The scenario as it was run, as YAML: variables and --set applied, secrets as `***`; defaults are not written out. It loads
 * again, to the same scenario where it holds no secrets.
 */
export function resolvedYaml(
  root: TreeNode,
  hidden: ReadonlySet<TreeNode>,
  redact: (text: string) => string,
): string {
  const shown = (scalar: ScalarNode) => {
    if (hidden.has(scalar)) return scalar.value === null ? null : '***';
    const value = scalar.masked ?? scalar.value;
    return typeof value === 'string' ? escapeVariables(redact(value)) : value;
  };
  return stringify(plainValue(root, shown), {
    version: '1.2',
    lineWidth: 0,
    aliasDuplicateObjects: false,
  });
}
