import type { z } from 'zod';
import { SECRET_NAME } from '../model/secret-name.ts';
import { isSecret, walk } from './schema-walk.ts';
import type { TreeNode } from './tree.ts';

/**
 * The texts of a scenario that its schema calls secret (`secret: true`, see contracts/scalars.ts), and those of free maps (the
 * environment of a command) whose key is named like a secret. Found whether the scenario is valid or not.
 */
export function secretScalars(root: TreeNode, schema: z.core.$ZodType): ReadonlySet<TreeNode> {
  const found = new Set<TreeNode>();
  const hide = (node: TreeNode) => {
    walk(node, [], (each) => {
      if (each.type === 'scalar') found.add(each);
    });
  };
  walk(root, [schema], (node, schemas, freeKey) => {
    const named = node.type === 'scalar' && freeKey !== null && SECRET_NAME.test(freeKey);
    if (named || schemas.some(isSecret)) hide(node);
  });
  return found;
}
