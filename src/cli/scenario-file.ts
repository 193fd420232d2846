import { CodedError, messageOf } from '../errors/coded-error.ts';
import type { Scenario } from '../model/scenario.ts';
import { readText } from '../platform/files.ts';
import { formatProblem, loadScenario } from '../scenario/load.ts';
import { checkObjective } from '../verdict/objective.ts';
import type { CliDependencies } from './dependencies.ts';

/** Reads and validates a scenario. Throws `scenario-invalid` whose message is one line a mistake. */
export async function readScenario(
  path: string,
  set: readonly string[],
  dependencies: CliDependencies,
): Promise<Scenario> {
  const { env, probes, steps } = dependencies;
  const text = await readText(path).catch((error: unknown) => {
    throw new CodedError(
      'scenario-invalid',
      `${path}: cannot be read: ${messageOf(error)}`,
      'give the path of a scenario file; scenarios/ has examples',
      error,
    );
  });
  const loaded = loadScenario(text, { env, set, registry: { probes, steps, checkObjective } });
  if (loaded.ok) return loaded.scenario;
  const lines = loaded.problems.map((problem) => formatProblem(path, problem));
  throw new CodedError('scenario-invalid', lines.join('\n'), null);
}
