import { isScalar, parseDocument } from 'yaml';
import { SECRET_NAME } from '../model/secret-name.ts';
import { type Place, problemAt, type ScenarioProblem } from './problem.ts';
import { mapScalars, type ScalarNode, type TreeNode } from './tree.ts';

const VARIABLE = /\$\$\{|\$\{([^}]*)(\}?)/g;
const NAMED = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s;

export type Substituted = {
  readonly tree: TreeNode;
  readonly problems: readonly ScenarioProblem[];
  /** What variables with the name of a secret have brought in. */
  readonly secrets: readonly string[];
};

/**
 * Replaces `${VAR}` and `${VAR:-default}` in texts; `$${` stands for `${`. It happens after parsing, so that a value can never
 * become a key or a list. As in a shell, the default is taken when the variable is unset or empty.
 */
export function substituteVariables(
  root: TreeNode,
  env: Readonly<Record<string, string | undefined>>,
): Substituted {
  const problems: ScenarioProblem[] = [];
  const secrets = new Set<string>();
  const substitute = (scalar: ScalarNode): ScalarNode => {
    if (typeof scalar.value !== 'string' || !scalar.value.includes('${')) return scalar;
    const places = placesOf(scalar, scalar.value.split('${').length - 1);
    const fill = (mask: boolean) => {
      let at = 0;
      return String(scalar.value).replace(
        VARIABLE,
        (whole: string, inside: string | undefined, end: string) => {
          const place = places[at] ?? scalar.place;
          at += whole.split('${').length - 1;
          if (inside === undefined) return '${';
          const variable = readVariable(inside, end, env);
          if (typeof variable === 'string') {
            if (!mask) problems.push(problemAt(place, variable, '$${ stands for a literal ${'));
            return whole;
          }
          const { name, value } = variable;
          if (value === undefined) {
            const hint = `set it, or give a default: \${${name}:-...}`;
            if (!mask) problems.push(problemAt(place, `the variable ${name} is not set`, hint));
            return '';
          }
          if (!SECRET_NAME.test(name) || value === '') return value;
          secrets.add(value);
          return mask ? '***' : value;
        },
      );
    };
    const before = problems.length;
    const value = fill(false);
    const broken = problems.length > before;
    const masked = fill(true);
    return {
      ...scalar,
      value,
      masked: masked === value ? null : masked,
      substituted: scalar.plain,
      broken,
    };
  };
  return { tree: mapScalars(root, substitute), problems, secrets: [...secrets] };
}

/** A text as a scenario must write it to get it back. */
export function escapeVariables(text: string): string {
  // A function, because `$$` in a replacement text stands for one `$`.
  return text.replaceAll('${', () => '$${');
}

/** The number or boolean that a text would have been, had it stood in the YAML; null when it is neither. */
export function typedScalar(text: string): number | boolean | null {
  if (!/^[-+.\w]+$/.test(text)) return null;
  const { contents } = parseDocument(text, { version: '1.2', schema: 'core' });
  const value = isScalar(contents) ? contents.value : null;
  return typeof value === 'number' || typeof value === 'boolean' ? value : null;
}

function readVariable(
  inside: string,
  end: string,
  env: Readonly<Record<string, string | undefined>>,
): string | { readonly name: string; readonly value: string | undefined } {
  if (end === '') return `a \${ without its }`;
  const named = NAMED.exec(inside);
  const name = named?.[1];
  if (name === undefined)
    return `\${${inside}} is not a variable: write \${NAME} or \${NAME:-default}`;
  const fallback = named?.[2];
  const set = Object.hasOwn(env, name) ? env[name] : undefined;
  const unset = set === undefined || (set === '' && fallback !== undefined);
  return { name, value: unset ? fallback : set };
}

function placesOf(scalar: ScalarNode, count: number): readonly Place[] {
  return scalar.variables.length === count ? scalar.variables : [];
}
