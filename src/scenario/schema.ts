import { z } from 'zod';
import type { MetricName, ProbeKind } from '../contracts/probe.ts';
import { duration } from '../contracts/scalars.ts';
import type { StepKind } from '../contracts/step.ts';
import { storeForm } from './store.ts';

/** What a scenario may be made of: the kinds, and how an objective is read. */
export type ScenarioRegistry = {
  readonly probes: readonly ProbeKind[];
  readonly steps: readonly StepKind[];
  readonly checkObjective: (
    text: string,
    probes: readonly { readonly name: string; readonly metrics: readonly MetricName[] }[],
  ) => { readonly message: string; readonly hint: string | null } | null;
};

/** A probe or step as it stands in the file: `{ icmp: {...}, control: true }` → kind and config apart. */
export type Declared = {
  readonly kind: string;
  readonly config: unknown;
  readonly control: boolean;
  readonly name: string | undefined;
};

/** A probe's name begins an objective, so it has no dot; a scenario's name is part of a folder's name. */
export const PROBE_NAME = /^[A-Za-z][A-Za-z0-9_-]{0,62}$/;
const SCENARIO_NAME = /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/;

/** The whole scenario as one zod schema, made from the kinds: validation, editor schema and reference are this. */
export function scenarioSchema(registry: Pick<ScenarioRegistry, 'probes' | 'steps'>) {
  return z.strictObject({
    version: z
      .literal(1, { error: 'this rollproof reads version 1: write "version: 1"' })
      .describe('The version of this format: 1.'),
    name: z
      .string()
      .max(64)
      .regex(SCENARIO_NAME, { error: (issue) => scenarioNameMessage(issue.input) })
      .describe(
        "The scenario's name: small letters, digits and dashes. The run's folder is named after it.",
      ),
    probes: z
      .record(
        z.string().regex(PROBE_NAME, {
          error: 'a probe is named with letters, digits, _ and -, beginning with a letter',
        }),
        probeForm(registry.probes),
      )
      .refine((probes) => Object.keys(probes).length > 0, {
        error: 'at least one probe is needed',
      })
      .describe('What is measured: a name of your own for each, which objectives then use.'),
    baseline: duration()
      .prefault('60s')
      .describe('How long to measure before the upgrade begins. `0s` for none.'),
    upgrade: z
      .array(stepForm(registry.steps))
      .min(1, { error: 'leave "upgrade" out to give the upgrade as "-- COMMAND"' })
      .optional()
      .describe(
        'The steps of the upgrade, in order. Without it, `rollproof run` is given a COMMAND.',
      ),
    settle: duration()
      .prefault('30s')
      .describe('How long to measure after the last step; what is lost here counts as well.'),
    objectives: z
      .array(z.string())
      .min(1, { error: 'leave "objectives" out to get the default: nothing lost' })
      .optional()
      .describe('What must hold. Without it, nothing may be lost or fail.'),
    store: storeForm()
      .optional()
      .describe(
        'A time-series store that gets every sample and event, live and without disturbing what is measured. The run file has them in any case.',
      ),
  });
}

function probeForm(kinds: readonly ProbeKind[]) {
  const control = z
    .boolean()
    .default(false)
    .describe(
      'True for a control: something outside the upgrade (loopback, the gateway). An outage it shares with a probe is ' +
        "the verifier's or the path's, and makes the verdict inconclusive instead of fail.",
    );
  return oneKindOf(kinds, { control });
}

function stepForm(kinds: readonly StepKind[]) {
  const name = z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('What the step is called in the report; made from the step where it is left out.');
  return oneKindOf(kinds, { name });
}

/**
 * A map with one of the kinds as a key, beside what every probe (or step) may have. That it is exactly one is a cross-check.
 */
function oneKindOf(
  kinds: readonly { readonly kind: string; readonly summary: string; readonly config: z.ZodType }[],
  common: Readonly<Record<string, z.ZodType>>,
) {
  const names = kinds.map(({ kind }) => kind);
  const shape = Object.fromEntries(
    kinds.map(({ kind, summary, config }) => [kind, config.optional().describe(summary)]),
  );
  return z
    .strictObject({ ...common, ...shape })
    .meta({ oneKind: names })
    .transform((value): Declared => {
      const fields: Readonly<Record<string, unknown>> = value;
      const kind = names.find((each) => Object.hasOwn(fields, each)) ?? '';
      const { name, control } = fields;
      return {
        kind,
        config: fields[kind],
        control: control === true,
        name: typeof name === 'string' ? name : undefined,
      };
    });
}

function scenarioNameMessage(input: unknown): string {
  const slug = String(input)
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[._-]+|[._-]+$/g, '')
    .replace(/([._-])[._-]+/g, '$1');
  const message = 'a scenario is named with small letters, digits and dashes';
  return slug === '' ? message : `${message}: write "${slug}"`;
}
