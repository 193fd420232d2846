/**
 * One mistake. Line and column count from 1; line 0 means that it does not stand in the file but in a `--set`, which
 * the message then names.
 */
export type ScenarioProblem = {
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly hint: string | null;
};

/** Where a value stands: in the file, or in the `--set` of that path (line and column are then 0). */
export type Place = {
  readonly line: number;
  readonly column: number;
  readonly set: string | null;
};

const MOST_PROBLEMS = 100;

export function problemAt(
  place: Place,
  message: string,
  hint: string | null = null,
): ScenarioProblem {
  const { line, column, set } = place;
  return { line, column, message: set === null ? message : `--set ${set}: ${message}`, hint };
}

/** `scenario.yaml:4:7: unknown key "evry" (did you mean "every"?)`; without a place for what stands in a `--set`. */
export function formatProblem(file: string, problem: ScenarioProblem): string {
  const { line, column, message, hint } = problem;
  const text = hint === null ? message : `${message} (${hint})`;
  return line === 0 ? text : `${file}:${String(line)}:${String(column)}: ${text}`;
}

/** In order of place, each once (a value used through two aliases is one mistake), and no endless list. */
export function sortProblems(problems: readonly ScenarioProblem[]): readonly ScenarioProblem[] {
  const once = new Map(problems.map((problem) => [formatProblem('', problem), problem]));
  const sorted = [...once.values()].sort((a, b) => a.line - b.line || a.column - b.column);
  const last = sorted[MOST_PROBLEMS - 1];
  if (sorted.length <= MOST_PROBLEMS || last === undefined) return sorted;
  const more = `${String(sorted.length - MOST_PROBLEMS)} more problems are not shown`;
  const { line, column } = last;
  return [...sorted.slice(0, MOST_PROBLEMS), { line, column, message: more, hint: null }];
}
