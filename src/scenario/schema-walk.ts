import { z } from 'zod';
import type { TreeNode } from './tree.ts';

/** One step into a zod schema: what stands at `key`, through wrappers and into every branch of a union. */
export function schemasAt(schema: z.core.$ZodType, key: PropertyKey): readonly z.core.$ZodType[] {
  return branches(schema).flatMap((branch) => {
    const { def } = narrow(branch)._zod;
    if (def.type === 'object') {
      const field = Object.hasOwn(def.shape, key) ? def.shape[String(key)] : def.catchall;
      return field === undefined ? [] : [field];
    }
    if (def.type === 'record') return [def.valueType];
    if (def.type === 'array') return [def.element];
    if (def.type !== 'tuple') return [];
    const item = def.items[Number(key)] ?? def.rest;
    return item === null ? [] : [item];
  });
}

/** The schema's own keys, of every branch: what may stand in this map. Empty for a map of free keys. */
export function knownKeys(schemas: readonly z.core.$ZodType[]): readonly string[] {
  const keys = schemas.flatMap(branches).flatMap((branch) => {
    const { def } = narrow(branch)._zod;
    return def.type === 'object' ? Object.keys(def.shape) : [];
  });
  return [...new Set(keys)];
}

/** The schemas that apply at a path. */
export function schemasAlong(
  schema: z.core.$ZodType,
  path: readonly PropertyKey[],
): readonly z.core.$ZodType[] {
  let found: readonly z.core.$ZodType[] = [schema];
  for (const key of path) found = found.flatMap((each) => schemasAt(each, key));
  return found;
}

/** A schema without its wrappers, and the alternatives of a union each by itself. */
export function branches(schema: z.core.$ZodType): readonly z.core.$ZodType[] {
  const inside = within(schema);
  return inside.length === 0 ? [schema] : inside.flatMap(branches);
}

/** Whether the schema, or a wrapper on the way to its value, was given `secret: true`. */
export function isSecret(schema: z.core.$ZodType): boolean {
  return (
    z.globalRegistry.get(schema)?.['secret'] === true ||
    within(schema).some((each) => isSecret(each))
  );
}

/** What a wrapper or union is made of; empty for a schema that stands for itself. */
function within(schema: z.core.$ZodType): readonly z.core.$ZodType[] {
  const { def } = narrow(schema)._zod;
  if (def.type === 'union') return def.options;
  if (def.type === 'intersection') return [def.left, def.right];
  if (def.type === 'lazy') return [def.getter()];
  // preprocess() is a transform piped into what stands in the file; everything else has that in front.
  if (def.type === 'pipe') return [narrow(def.in)._zod.def.type === 'transform' ? def.out : def.in];
  return 'innerType' in def ? [def.innerType] : [];
}

type Visit = (
  node: TreeNode,
  schemas: readonly z.core.$ZodType[],
  /** The key the value stands under where that key is the user's own, as in a map of environment variables. */
  freeKey: string | null,
) => void;

/** Calls `visit` with every value of the tree and the schemas that apply to it. */
export function walk(
  node: TreeNode,
  schemas: readonly z.core.$ZodType[],
  visit: Visit,
  freeKey: string | null = null,
): void {
  visit(node, schemas, freeKey);
  const apply = (key: PropertyKey) => schemas.flatMap((schema) => schemasAt(schema, key));
  if (node.type === 'list') {
    for (const [at, item] of node.items.entries()) walk(item, apply(at), visit, freeKey);
  } else if (node.type === 'map') {
    const known = knownKeys(schemas);
    for (const [key, entry] of node.entries) {
      walk(entry.node, apply(key), visit, known.includes(key) ? null : key);
    }
  }
}

/** zod types its schemas by their base; `$ZodTypes` is the closed union that `def.type` tells apart. */
function narrow(schema: z.core.$ZodType): z.core.$ZodTypes {
  return schema as z.core.$ZodTypes;
}
