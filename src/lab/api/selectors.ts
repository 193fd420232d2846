import type { KubeObject, Labels } from '../objects.ts';
import { badRequest } from './problem.ts';

export type Predicate = (object: KubeObject) => boolean;

/** Whether labels have all that a selector's `matchLabels` asks for. */
export function matchesLabels(wanted: Labels, labels: Labels | undefined): boolean {
  return Object.entries(wanted).every(([key, value]) => labels?.[key] === value);
}

/** `app=keystone,tier!=db,release,!old,env in (a,b),env notin (c)` → a predicate. Throws BadRequest. */
export function labelSelector(text: string): Predicate {
  const tests = splitTerms(text).map(labelTerm);
  return (object) => tests.every((test) => test(object.metadata.labels ?? {}));
}

/** `metadata.name=x,involvedObject.kind!=Pod` → a predicate over any scalar field. Throws BadRequest. */
export function fieldSelector(text: string): Predicate {
  const tests = splitTerms(text).map((term) => {
    const match = /^([\w.]+)(==|!=|=)(.*)$/.exec(term);
    const [, path = '', operator, wanted] = match ?? [];
    if (match === null) throw badRequest(`invalid field selector "${term}"`);
    const parts = path.split('.');
    return (object: KubeObject) => (fieldOf(object, parts) === wanted) === (operator !== '!=');
  });
  return (object) => tests.every((test) => test(object));
}

/** An absent field equals the empty text, as in Kubernetes. */
function fieldOf(object: KubeObject, path: readonly string[]): string {
  let value: unknown = object;
  for (const part of path) {
    value =
      typeof value === 'object' && value !== null
        ? Object.entries(value).find(([key]) => key === part)?.[1]
        : undefined;
  }
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : '';
}

function labelTerm(term: string): (labels: Labels) => boolean {
  const set = /^([\w./-]+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(term);
  if (set !== null) {
    const [, key = '', operator, list = ''] = set;
    const values = list.split(',').map((value) => value.trim());
    return (labels) => {
      const value = labels[key];
      const isIn = value !== undefined && values.includes(value);
      return operator === 'in' ? isIn : !isIn;
    };
  }
  const equality = /^([\w./-]+)\s*(==|!=|=)\s*([\w.-]*)$/.exec(term);
  if (equality !== null) {
    const [, key = '', operator, wanted] = equality;
    return (labels) => (labels[key] === wanted) === (operator !== '!=');
  }
  const presence = /^(!?)\s*([\w./-]+)$/.exec(term);
  if (presence === null) throw badRequest(`unable to parse requirement: "${term}"`);
  const [, not, key = ''] = presence;
  return (labels) => (labels[key] !== undefined) === (not === '');
}

/** Splits at commas outside parentheses. */
function splitTerms(text: string): readonly string[] {
  return text
    .split(/,(?![^(]*\))/)
    .map((term) => term.trim())
    .filter((term) => term !== '');
}
