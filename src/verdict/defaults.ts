/**
 * Objectives of a scenario that declares none: those of each probe's kind. A control probe has none: it is outside
 * of what is upgraded, and only weighs what the others see.
 */
export function defaultObjectives(
  probes: readonly {
    readonly name: string;
    readonly control: boolean;
    readonly defaultObjectives: readonly string[];
  }[],
): readonly string[] {
  return probes
    .filter(({ control }) => !control)
    .flatMap(({ name, defaultObjectives: own }) => own.map((text) => `${name}.${text}`));
}
