import { z } from 'zod';
import { formatDuration } from '../model/duration.ts';
import { type ScenarioRegistry, scenarioSchema } from './schema.ts';

/** A JSON schema as far as rollproof makes use of it. */
export type JsonSchema = {
  readonly [keyword: string]: unknown;
  readonly type?: string;
  readonly description?: string;
  readonly format?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
};

const VARIABLE = { $ref: '#/$defs/variable' };

/** For editors: what may stand in a scenario file, with `${VAR}` wherever a single value stands. */
export function scenarioJsonSchema(
  registry: Pick<ScenarioRegistry, 'probes' | 'steps'>,
): JsonSchema {
  const plain = plainJsonSchema(registry);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'rollproof scenario',
    ...forEditors(plain),
    $defs: { variable: { type: 'string', pattern: String.raw`\$\{` } },
  };
}

/** The schema as zod gives it, before variables: `format` still says duration or rate, `secret` what is secret. */
export function plainJsonSchema(registry: Pick<ScenarioRegistry, 'probes' | 'steps'>): JsonSchema {
  return z.toJSONSchema(scenarioSchema(registry), {
    io: 'input',
    target: 'draft-2020-12',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      const { def } = zodSchema._zod;
      // zod knows the default only as what comes out of the transform; a reader wants what to write.
      if (def.type === 'default') jsonSchema.default = written(def.defaultValue, jsonSchema.format);
    },
  }) as JsonSchema;
}

function written(value: unknown, format: string | undefined): never {
  const text =
    typeof value !== 'number'
      ? value
      : format === 'duration'
        ? formatDuration(value)
        : format === 'rate'
          ? `${String(value)}/s`
          : value;
  // The keyword takes any JSON; zod's type for it is a type that nothing but JSON's own union satisfies.
  return text as never;
}

function forEditors(schema: JsonSchema): JsonSchema {
  const { oneKind, format, ...known } = schema;
  const rest = without(known, ['secret', '$schema']);
  const kinds = Array.isArray(oneKind)
    ? oneKind.map((kind: unknown) => ({ required: [String(kind)] }))
    : null;
  const ownFormat = format === 'duration' || format === 'rate';
  const made: JsonSchema = {
    ...rest,
    ...(typeof format !== 'string' || ownFormat ? {} : { format }),
    ...(kinds === null ? {} : { oneOf: kinds }),
    ...(rest.properties === undefined
      ? {}
      : { properties: mapValues(rest.properties, forEditors) }),
    ...(typeof rest.additionalProperties === 'object'
      ? { additionalProperties: forEditors(rest.additionalProperties) }
      : {}),
    ...(rest.items === undefined ? {} : { items: forEditors(rest.items) }),
    ...(rest.anyOf === undefined ? {} : { anyOf: rest.anyOf.map(forEditors) }),
    ...(rest.oneOf === undefined ? {} : { oneOf: rest.oneOf.map(forEditors) }),
  };
  return isNarrowScalar(made) ? withVariable(made) : made;
}

/** A single value that a text with a variable in it would not satisfy. */
function isNarrowScalar(schema: JsonSchema): boolean {
  if ('const' in schema || 'enum' in schema) return true;
  if (schema.type === 'number' || schema.type === 'integer' || schema.type === 'boolean')
    return true;
  return schema.type === 'string' && ('pattern' in schema || 'format' in schema);
}

function withVariable({ description, default: fallback, ...rest }: JsonSchema): JsonSchema {
  return {
    ...(description === undefined ? {} : { description }),
    ...(fallback === undefined ? {} : { default: fallback }),
    anyOf: [rest, VARIABLE],
  };
}

function without(schema: JsonSchema, keywords: readonly string[]): JsonSchema {
  return Object.fromEntries(
    Object.entries(schema).filter(([keyword]) => !keywords.includes(keyword)),
  );
}

function mapValues<T, U>(
  record: Readonly<Record<string, T>>,
  change: (value: T) => U,
): Readonly<Record<string, U>> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
