import { z } from 'zod';
import { type MetricName, type ProbeKind, probeKind } from '../../src/contracts/probe.ts';
import { duration, rate, secret } from '../../src/contracts/scalars.ts';
import { type StepKind, stepKind } from '../../src/contracts/step.ts';
import {
  type LoadedScenario,
  loadScenario,
  type ScenarioRegistry,
} from '../../src/scenario/load.ts';
import { formatProblem } from '../../src/scenario/problem.ts';

/** Small kinds that have every form a config may have: lists, unions, secrets, refinements, free maps, defaults. */
const ping = probeKind({
  kind: 'ping',
  summary: 'pings hosts',
  config: z.strictObject({
    hosts: z.array(z.string()).min(1).describe('Whom to ping.'),
    every: duration({ positive: true }).default(20_000_000).describe('The interval.'),
    size: z.int().min(0).max(1400).default(56).describe('Bytes of payload.'),
    strict: z.boolean().optional().describe('No mercy.'),
  }),
  worker: () => Promise.resolve({ isolation: 'thread', module: new URL('file:///none') }),
  metrics: ['loss', 'outage.longest', 'latency.p99'],
  defaultObjectives: ['loss == 0%'],
  targets: () => [],
  preflight: () => Promise.resolve([]),
});

const login = probeKind({
  kind: 'login',
  summary: 'logs in',
  config: z
    .strictObject({
      rate: rate().prefault('50/s').describe('How often.'),
      cloud: z.string().optional().describe('An entry of clouds.yaml.'),
      auth: z
        .union([
          z.strictObject({ user: z.string(), password: secret().describe('The password.') }),
          z.strictObject({ id: z.string(), key: secret(), tokenName: z.string().optional() }),
        ])
        .optional()
        .describe('Who logs in.'),
      operations: z
        .array(z.enum(['issue', 'validate']))
        .default(['issue'])
        .describe('What it does.'),
      labels: z.record(z.string(), z.string()).optional().describe('Anything.'),
    })
    .refine((config) => config.cloud === undefined || config.auth === undefined, {
      error: 'give either cloud or auth',
      path: ['auth'],
    }),
  worker: () => Promise.resolve({ isolation: 'thread', module: new URL('file:///none') }),
  metrics: ['failed'],
  defaultObjectives: ['failed == 0'],
  targets: () => [],
  preflight: () => Promise.resolve([]),
});

const wait = stepKind({
  kind: 'wait',
  summary: 'waits',
  config: z.strictObject({ for: duration().describe('How long.') }),
  describe: () => 'wait',
  needsCluster: false,
  run: () => Promise.resolve({ result: 'ok' }),
});

const scale = stepKind({
  kind: 'scale',
  summary: 'scales a Deployment',
  config: z.strictObject({
    deployment: z.string().describe('Which.'),
    replicas: z.int().min(0).describe('To how many.'),
    hooks: z.tuple([z.string()], z.string()).optional().describe('What to call.'),
    env: z.record(z.string(), z.string()).optional().describe('Environment.'),
  }),
  describe: ({ deployment, replicas }) => `scale ${deployment} to ${String(replicas)}`,
  needsCluster: true,
  run: () => Promise.resolve({ result: 'ok' }),
});

export const probeKinds: readonly ProbeKind[] = [ping, login];
export const stepKinds: readonly StepKind[] = [wait, scale];

/** As far as an objective must be understood here: PROBE.METRIC, then anything. */
function checkObjective(
  text: string,
  probes: readonly { readonly name: string; readonly metrics: readonly MetricName[] }[],
) {
  const [, name = '', metric = ''] = /^\s*([\w-]+)\.([\w.]+) /.exec(text) ?? [];
  const probe = probes.find((each) => each.name === name);
  if (probe === undefined) return { message: `there is no probe "${name}"`, hint: null };
  if (probe.metrics.some((known) => known === metric)) return null;
  return { message: `no metric "${metric}"`, hint: `one of ${probe.metrics.join(', ')}` };
}

export const registry: ScenarioRegistry = { probes: probeKinds, steps: stepKinds, checkObjective };

export function load(
  text: string,
  options: { readonly env?: Record<string, string>; readonly set?: readonly string[] } = {},
): LoadedScenario {
  return loadScenario(text, { env: options.env ?? {}, set: options.set ?? [], registry });
}

/** The scenario, or an error that shows its problems. */
export function loaded(text: string, options: Parameters<typeof load>[1] = {}) {
  const result = load(text, options);
  if (result.ok) return result.scenario;
  throw new Error(result.problems.map((each) => formatProblem('s.yaml', each)).join('\n'));
}

/** The lines the command line would print. */
export function problemsOf(
  text: string,
  options: Parameters<typeof load>[1] = {},
): readonly string[] {
  const result = load(text, options);
  return result.ok ? [] : result.problems.map((each) => formatProblem('s.yaml', each));
}

/** The hosts of the scenario's first probe, a ping. */
export function hostsOf(text: string, options: Parameters<typeof load>[1] = {}): readonly string[] {
  const config = loaded(text, options).probes[0]?.config;
  return z.object({ hosts: z.array(z.string()) }).parse(config).hosts;
}
