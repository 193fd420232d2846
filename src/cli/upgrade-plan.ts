import { CodedError } from '../errors/coded-error.ts';
import type { Scenario } from '../model/scenario.ts';
import type { PlannedUpgradeStep } from '../upgrade/run-steps.ts';
import type { CliDependencies } from './dependencies.ts';

/**
 * The steps of a run: the scenario's own, or the COMMAND after `--` as the only one. Throws `usage` when there are both
 * or neither.
 */
export function planUpgrade(
  scenario: Scenario,
  command: readonly string[] | null,
  { steps }: Pick<CliDependencies, 'steps'>,
): readonly PlannedUpgradeStep[] {
  const kindOf = (name: string) => {
    const kind = steps.find((step) => step.kind === name);
    if (kind === undefined) throw new CodedError('internal', `no step kind ${name}`, null);
    return kind;
  };
  if (command !== null) {
    if (scenario.upgrade !== null) {
      throw new CodedError(
        'usage',
        'the scenario has an upgrade of its own and a COMMAND was given as well',
        'leave out "-- COMMAND" or remove "upgrade" from the scenario',
      );
    }
    const kind = kindOf('command');
    const config = kind.config.parse({ argv: [...command] });
    return [{ name: kind.describe(config), kind, config }];
  }
  if (scenario.upgrade === null) {
    throw new CodedError(
      'usage',
      'there is nothing to upgrade: the scenario has no "upgrade" and no COMMAND was given',
      'add upgrade steps to the scenario, or give the upgrade as "rollproof run SCENARIO -- COMMAND..."',
    );
  }
  return scenario.upgrade.map((step) => ({ ...step, kind: kindOf(step.kind) }));
}
