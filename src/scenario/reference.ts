import type { ProbeKind } from '../contracts/probe.ts';
import type { StepKind } from '../contracts/step.ts';
import { type JsonSchema, plainJsonSchema } from './json-schema.ts';
import { PROSE } from './reference-prose.ts';
import type { ScenarioRegistry } from './schema.ts';

/** docs/scenario-reference.md, from the same schema that scenarios are checked with. */
export function scenarioReference(registry: Pick<ScenarioRegistry, 'probes' | 'steps'>): string {
  const schema = plainJsonSchema(registry);
  const properties = schema.properties ?? {};
  const probe = properties['probes']?.additionalProperties;
  const step = properties['upgrade']?.items;
  const probeForm = typeof probe === 'object' ? probe : {};
  const parts = [
    PROSE.introduction,
    '## Top level',
    table(shallow(schema, ['probes', 'upgrade'])),
    PROSE.scalars,
    '## Probes',
    PROSE.probes,
    table(common(probeForm, registry.probes)),
    ...registry.probes.flatMap((kind) => probeSection(kind, probeForm)),
    '## Upgrade steps',
    PROSE.steps,
    table(common(step ?? {}, registry.steps)),
    ...registry.steps.flatMap((kind) => [
      `### ${kind.kind}`,
      `${sentence(kind.summary)}${kind.needsCluster ? ' Needs the cluster (KUBECONFIG).' : ''}`,
      ...settings(step?.properties?.[kind.kind] ?? {}),
    ]),
    PROSE.objectives,
    metricTable(registry.probes),
    PROSE.variables,
    PROSE.strictness,
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function probeSection(kind: ProbeKind, form: JsonSchema): readonly string[] {
  const defaults = kind.defaultObjectives.map((text) => `\`${text}\``).join(', ');
  return [
    `### ${kind.kind}`,
    sentence(kind.summary),
    ...settings(form.properties?.[kind.kind] ?? {}),
    `Metrics: ${kind.metrics.map((metric) => `\`${metric}\``).join(', ')}.`,
    `Without \`objectives\`: ${defaults === '' ? 'none' : defaults}.`,
  ];
}

/** The settings of a kind, and the other forms it may be written in. */
function settings(schema: JsonSchema): readonly string[] {
  const short = (schema.anyOf ?? []).filter(({ type }) => type !== 'object').map(form);
  return [
    ...(short.length === 0 ? [] : [`Either ${short.join(' or ')}, or a map:`]),
    table(schema),
  ];
}

/** Rows of a map's keys, those of maps inside it by their path: `auth.password`, `hosts[]`. */
function rows(schema: JsonSchema, prefix: string): readonly string[] {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
    const path = `${prefix}${key}`;
    const needed = required.has(key) && value.default === undefined;
    const given = value.default === undefined ? '' : `\`${shownDefault(value.default)}\``;
    const secret = value['secret'] === true ? ' Secret.' : '';
    const text = `${value.description ?? ''}${secret}`.trim();
    const row = `| \`${path}\` | ${cell(form(value))} | ${needed ? 'required' : given} | ${cell(text)} |`;
    return [row, ...nested(value, path)];
  });
}

function nested(value: JsonSchema, path: string): readonly string[] {
  const free = typeof value.additionalProperties === 'object' ? value.additionalProperties : null;
  const branches = [...(value.anyOf ?? []), ...(value.oneOf ?? [])];
  const own = [
    ...rows(value, `${path}.`),
    ...(value.items === undefined ? [] : nested(value.items, `${path}[]`)),
    ...(free === null ? [] : nested(free, `${path}.*`)),
    ...branches.flatMap((branch) => nested(branch, path)),
  ];
  return [...new Set(own)];
}

function table(schema: JsonSchema): string {
  const lines = new Set([
    ...rows(schema, ''),
    ...(schema.anyOf ?? []).flatMap((each) => rows(each, '')),
  ]);
  if (lines.size === 0) return '';
  return ['| key | form | default | |', '|---|---|---|---|', ...lines].join('\n');
}

/** What probes (or steps) of every kind have in common. */
function common(form: JsonSchema, kinds: readonly (ProbeKind | StepKind)[]): JsonSchema {
  const kindNames = new Set(kinds.map(({ kind }) => kind));
  const entries = Object.entries(form.properties ?? {}).filter(([key]) => !kindNames.has(key));
  return { properties: Object.fromEntries(entries) };
}

/** The schema with the insides of these keys left out: they have chapters of their own. */
function shallow(schema: JsonSchema, keys: readonly string[]): JsonSchema {
  const entries = Object.entries(schema.properties ?? {}).map(
    ([key, value]): [string, JsonSchema] => {
      if (!keys.includes(key)) return [key, value];
      const { description = '' } = value;
      return [
        key,
        value.items === undefined
          ? { type: 'object', description }
          : { type: 'array', description },
      ];
    },
  );
  return { ...schema, properties: Object.fromEntries(entries) };
}

/** What to write there: `duration`, `list of text`, `issue or validate`. */
function form(schema: JsonSchema): string {
  const branches = schema.anyOf ?? schema.oneOf;
  if (branches !== undefined) return [...new Set(branches.map(form))].join(' or ');
  if ('const' in schema) return `\`${String(schema.const)}\``;
  if (schema.enum !== undefined)
    return schema.enum.map((value) => `\`${String(value)}\``).join(' or ');
  const { type, items, additionalProperties: free } = schema;
  if (type === 'string') return schema.format ?? 'text';
  if (type === 'array') return items === undefined ? 'list' : `list of ${form(items)}`;
  if (type === 'object') return typeof free === 'object' ? `map of name: ${form(free)}` : 'map';
  if (type === 'integer') return `whole number${range(schema)}`;
  if (type === 'number') return `number${range(schema)}`;
  return type === 'boolean' ? 'true or false' : 'any';
}

function range({ minimum, maximum, exclusiveMinimum }: JsonSchema): string {
  const bound = (value: unknown) =>
    typeof value === 'number' && Math.abs(value) < Number.MAX_SAFE_INTEGER ? String(value) : null;
  const least = bound(minimum);
  const most = bound(maximum);
  if (least !== null && most !== null) return `, ${least} to ${most}`;
  if (least !== null) return `, at least ${least}`;
  const above = bound(exclusiveMinimum);
  if (above !== null) return `, more than ${above}${most === null ? '' : `, at most ${most}`}`;
  return most === null ? '' : `, at most ${most}`;
}

function metricTable(probes: readonly ProbeKind[]): string {
  const metrics = [...new Set(probes.flatMap((probe) => probe.metrics))];
  const head = `| metric | ${probes.map(({ kind }) => kind).join(' | ')} |`;
  const rule = `|---|${probes.map(() => '---|').join('')}`;
  const lines = metrics.map((metric) => {
    const marks = probes.map((probe) => (probe.metrics.includes(metric) ? 'yes' : ''));
    return `| \`${metric}\` | ${marks.join(' | ')} |`;
  });
  return [head, rule, ...lines].join('\n');
}

function shownDefault(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function sentence(text: string): string {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
