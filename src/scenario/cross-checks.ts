import type { MetricName } from '../contracts/probe.ts';
import { parseDuration } from '../model/duration.ts';
import { problemAt, type ScenarioProblem } from './problem.ts';
import type { ScenarioRegistry } from './schema.ts';
import { child, locate, type TreeNode } from './tree.ts';

/**
 * What one part of a scenario says of another. Taken from the tree, not from the parsed value, so that these mistakes are
 * told together with all others: a probe whose config is wrong still has its name and its metrics.
 */
export function crossChecks(
  root: TreeNode,
  registry: ScenarioRegistry,
): readonly ScenarioProblem[] {
  return [
    ...kindProblems('probe', child(root, 'probes'), registry.probes),
    ...kindProblems('step', child(root, 'upgrade'), registry.steps),
    ...objectiveProblems(root, registry),
    ...stepNameProblems(root),
  ];
}

/** Each probe (or step) is of exactly one kind. Without any known key, the unknown one is most likely the kind misspelt. */
function kindProblems(
  what: 'probe' | 'step',
  parent: TreeNode | undefined,
  kinds: readonly { readonly kind: string }[],
): readonly ScenarioProblem[] {
  if (parent === undefined || parent.type === 'scalar') return [];
  const names = kinds.map(({ kind }) => kind);
  const common = what === 'probe' ? 'control' : 'name';
  const keys = parent.type === 'map' ? [...parent.entries.keys()] : [...parent.items.keys()];
  return keys.flatMap((key) => {
    const { node, place } = locate(parent, [key]);
    if (node.type !== 'map' || node.broken) return [];
    const given = [...node.entries.keys()];
    const found = given.filter((each) => names.includes(each));
    if (found.length > 1) {
      const hint = `found ${found.join(' and ')}`;
      return [problemAt(place, `a ${what} has one kind, not ${String(found.length)}`, hint)];
    }
    if (found.length === 1 || given.some((each) => each !== common)) return [];
    return [problemAt(place, `a ${what} needs its kind`, `one of ${names.join(', ')}`)];
  });
}

function objectiveProblems(root: TreeNode, registry: ScenarioRegistry): readonly ScenarioProblem[] {
  const probes = child(root, 'probes');
  const objectives = child(root, 'objectives');
  if (objectives?.type !== 'list') return [];
  const known: { readonly name: string; readonly metrics: readonly MetricName[] }[] = [];
  const unclear: string[] = [];
  if (probes?.type !== 'map') return [];
  for (const [name, { node }] of probes.entries) {
    const kinds = registry.probes.filter(({ kind }) => child(node, kind) !== undefined);
    const [kind] = kinds;
    if (kind !== undefined && kinds.length === 1) known.push({ name, metrics: kind.metrics });
    else unclear.push(name);
  }
  const baseline = child(root, 'baseline');
  const without = baseline?.type === 'scalar' && parseDuration(String(baseline.value)) === 0;
  return objectives.items.flatMap((node) => {
    const text =
      node.type === 'scalar' && typeof node.value === 'string' && !node.broken ? node.value : null;
    if (text === null || unclear.some((name) => text.trim().startsWith(`${name}.`))) return [];
    const problem = registry.checkObjective(text, known);
    if (problem !== null) return [problemAt(node.place, problem.message, problem.hint)];
    if (without && /\dx\s*baseline\s*$/.test(text)) {
      return [problemAt(node.place, 'there is no baseline to compare with', '"baseline" is 0')];
    }
    return [];
  });
}

/** The report and the objectives' rows name steps: two of one name could not be told apart. */
function stepNameProblems(root: TreeNode): readonly ScenarioProblem[] {
  const upgrade = child(root, 'upgrade');
  if (upgrade?.type !== 'list') return [];
  const seen = new Set<string>();
  return upgrade.items.flatMap((step) => {
    const name = child(step, 'name');
    if (name?.type !== 'scalar' || typeof name.value !== 'string' || name.broken) return [];
    if (!seen.has(name.value)) {
      seen.add(name.value);
      return [];
    }
    return [problemAt(name.place, `two steps are named "${name.value}"`, 'give each its own name')];
  });
}
