import type { Scenario, ScenarioStep } from '../model/scenario.ts';
import { redactor } from '../platform/log.ts';
import { crossChecks } from './cross-checks.ts';
import { explainIssues } from './explain.ts';
import { applyOverrides } from './overrides.ts';
import { type ScenarioProblem, sortProblems } from './problem.ts';
import { readYaml } from './read-yaml.ts';
import { resolvedYaml } from './resolved.ts';
import { type Declared, type ScenarioRegistry, scenarioSchema } from './schema.ts';
import { secretScalars } from './secrets.ts';
import { validate } from './validate.ts';
import { substituteVariables } from './variables.ts';

export { formatProblem, type ScenarioProblem } from './problem.ts';
export type { ScenarioRegistry } from './schema.ts';

export type LoadOptions = {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `path=value`, in order. */
  readonly set: readonly string[];
  readonly registry: ScenarioRegistry;
};

export type LoadedScenario =
  | { readonly ok: true; readonly scenario: Scenario }
  | { readonly ok: false; readonly problems: readonly ScenarioProblem[] };

/**
 * The text of a scenario → the scenario, or every problem of it at once, in order of place and without secrets. Never throws.
 *
 * The order matters: --set before variables, so that what --set removes needs no variable, and may hold variables itself.
 */
export function loadScenario(text: string, options: LoadOptions): LoadedScenario {
  const { env, set, registry } = options;
  const read = readYaml(text, null);
  if (read.tree === null) return { ok: false, problems: sortProblems(read.problems) };
  const overridden = applyOverrides(read.tree, set);
  const substituted = substituteVariables(overridden.tree, env);
  const schema = scenarioSchema(registry);
  const checked = validate(substituted.tree, schema);

  const hidden = secretScalars(checked.tree, schema);
  const secrets = new Set(substituted.secrets);
  for (const node of hidden) {
    if (node.type === 'scalar' && node.value !== null && node.value !== '')
      secrets.add(String(node.value));
  }
  const redact = redactor([...secrets]);
  const issues = checked.ok ? [] : explainIssues(checked.issues, checked.tree, schema);
  const problems = [
    ...read.problems,
    ...overridden.problems,
    ...substituted.problems,
    ...issues,
    ...crossChecks(checked.tree, registry),
  ];
  if (!checked.ok || problems.length > 0) {
    const shown = problems.map(({ message, hint, ...place }) => ({
      ...place,
      message: redact(message),
      hint: hint === null ? null : redact(hint),
    }));
    return { ok: false, problems: sortProblems(shown) };
  }
  const { name, probes, baseline, settle, upgrade, objectives, store } = checked.value;
  const scenario: Scenario = {
    name,
    probes: Object.entries(probes).map(([probe, { kind, config, control }]) => ({
      name: probe,
      kind,
      control,
      config,
    })),
    baselineNs: baseline,
    upgrade: upgrade === undefined ? null : namedSteps(upgrade, registry),
    settleNs: settle,
    objectives: objectives ?? null,
    store: store ?? null,
    resolvedYaml: resolvedYaml(checked.tree, hidden, redact),
    secrets: [...secrets],
  };
  return { ok: true, scenario };
}

/** Steps without a name take their description, numbered where that is taken: `wait 5s`, `wait 5s (2)`. */
function namedSteps(
  steps: readonly Declared[],
  registry: ScenarioRegistry,
): readonly ScenarioStep[] {
  const taken = new Set(steps.flatMap(({ name }) => (name === undefined ? [] : [name])));
  return steps.map(({ kind, config, name }) => {
    if (name !== undefined) return { name, kind, config };
    const described = registry.steps.find((known) => known.kind === kind)?.describe(config) ?? kind;
    let free = described;
    for (let count = 2; taken.has(free); count++) free = `${described} (${String(count)})`;
    taken.add(free);
    return { name: free, kind, config };
  });
}
