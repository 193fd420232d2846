import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { ApiProblem, badRequest } from './problem.ts';

const OPERATIONS = z.array(
  z.discriminatedUnion('op', [
    z.object({ op: z.enum(['add', 'replace', 'test']), path: z.string(), value: z.unknown() }),
    z.object({ op: z.literal('remove'), path: z.string() }),
    z.object({ op: z.enum(['move', 'copy']), path: z.string(), from: z.string() }),
  ]),
);

/** RFC 6902. `document` is left as it is. Throws BadRequest, or Invalid when a test or a path does not hold. */
export function jsonPatch(document: unknown, patch: unknown): unknown {
  const parsed = OPERATIONS.safeParse(patch);
  if (!parsed.success) throw badRequest('the JSON patch is not a list of operations');
  let result = structuredClone(document);
  for (const operation of parsed.data) {
    switch (operation.op) {
      case 'add':
      case 'replace':
        result = put(result, operation.path, operation.value, operation.op === 'add');
        break;
      case 'test':
        if (!isDeepStrictEqual(read(result, operation.path), operation.value)) {
          throw unprocessable(`testing path ${operation.path} failed`);
        }
        break;
      case 'remove':
        result = drop(result, operation.path);
        break;
      case 'move':
      case 'copy': {
        const value = structuredClone(read(result, operation.from));
        if (operation.op === 'move') result = drop(result, operation.from);
        result = put(result, operation.path, value, true);
        break;
      }
    }
  }
  return result;
}

function put(document: unknown, path: string, value: unknown, insert: boolean): unknown {
  const [parent, key] = parentOf(document, path);
  if (parent === null) return value;
  if (Array.isArray(parent)) {
    const index = key === '-' ? parent.length : Number(key);
    if (!(index >= 0 && index <= parent.length - (insert ? 0 : 1))) throw missing(path);
    parent.splice(index, insert ? 0 : 1, value);
  } else {
    if (!insert && !(key in parent)) throw missing(path);
    parent[key] = value;
  }
  return document;
}

function drop(document: unknown, path: string): unknown {
  const [parent, key] = parentOf(document, path);
  if (parent === null) return null;
  read(document, path);
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else Reflect.deleteProperty(parent, key);
  return document;
}

function read(document: unknown, path: string): unknown {
  return partsOf(path).reduce((value, part) => child(value, part, path), document);
}

function parentOf(
  document: unknown,
  path: string,
): readonly [unknown[] | Record<string, unknown>, string] | readonly [null, ''] {
  const parts = partsOf(path);
  const key = parts.at(-1);
  if (key === undefined) return [null, ''];
  const parent = parts.slice(0, -1).reduce((value, part) => child(value, part, path), document);
  if (Array.isArray(parent)) return [parent, key];
  if (isRecord(parent)) return [parent, key];
  throw missing(path);
}

function child(value: unknown, part: string, path: string): unknown {
  const found: unknown = Array.isArray(value)
    ? value[Number(part)]
    : isRecord(value)
      ? value[part]
      : undefined;
  if (found === undefined) throw missing(path);
  return found;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function partsOf(path: string): readonly string[] {
  if (path === '') return [];
  if (!path.startsWith('/')) throw badRequest(`"${path}" is not a JSON pointer`);
  const parts = path.slice(1).split('/');
  return parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function missing(path: string): ApiProblem {
  return unprocessable(`the path ${path} does not exist`);
}

function unprocessable(message: string): ApiProblem {
  const text = `the server rejected our request due to an error in our request: ${message}`;
  return new ApiProblem(422, 'Invalid', text);
}
