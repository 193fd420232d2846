import { z } from 'zod';
import { duration, rate } from '../../src/contracts/scalars.ts';
import type { PlannedTarget } from '../../src/model/plan.ts';
import { type DurationNs, NS_PER_S } from '../../src/model/time.ts';
import {
  connectionClasses,
  STAYS_OPEN_PROBLEM,
  staysOpen,
} from '../shared/http/connection-config.ts';
import type { ConnectionClass } from '../shared/http/connections.ts';
import { authFields, oneSource } from '../shared/identity/auth-config.ts';
import { identityEndpoint } from './identity-endpoint.ts';
import { endpoints, endpointsEvery } from './replicas/config.ts';

/** `validate-old` uses tokens issued before the upgrade began; they are never renewed. */
export const OPERATIONS = ['issue', 'validate', 'validate-old', 'catalog', 'version'] as const;
export type Operation = (typeof OPERATIONS)[number];

const DEFAULT_OPERATIONS: readonly Operation[] = ['issue', 'validate', 'validate-old'];

const weight = z.number().positive().max(1000);

export const keystoneConfig = z
  .strictObject({
    ...authFields,
    rate: rate()
      .prefault('10/s')
      .describe(
        'Requests per second, all operations and connections together; never slowed by slow answers.',
      ),
    timeout: duration({ positive: true })
      .prefault('5s')
      .describe('Deadline of each request, from connecting to the last byte of the answer.'),
    operations: z
      .union([
        z
          .array(z.enum(OPERATIONS))
          .min(1)
          .refine((list) => new Set(list).size === list.length, { error: 'each operation once' }),
        z
          .partialRecord(z.enum(OPERATIONS), weight)
          .refine((weights) => Object.keys(weights).length > 0, {
            error: 'at least one operation',
          }),
      ])
      .default([...DEFAULT_OPERATIONS])
      .describe(
        'A list, which shares the rate evenly, or a weight for each: `{ issue: 1, validate: 4 }`. issue: log in. validate: of the token issued last. ' +
          'validate-old: of tokens issued before the upgrade, never renewed; leave it out when the upgrade outlives a token. catalog: the service catalog. ' +
          'version: the API version, whose change is recorded as an event.',
      ),
    connections: connectionClasses(),
    ...identityEndpoint,
    endpoints,
    endpointsEvery,
  })
  .refine(...oneSource)
  .refine(
    (config) =>
      staysOpen(
        config.connections,
        Math.max(...targetsOf(config).map(({ intervalNs }) => intervalNs)),
      ),
    STAYS_OPEN_PROBLEM,
  );

export type KeystoneConfig = z.output<typeof keystoneConfig>;

/** What the schedules are made of, as the schema gives it. */
type Scheduled = {
  readonly rate: number;
  readonly timeout: DurationNs;
  readonly operations: readonly Operation[] | Readonly<Partial<Record<Operation, number>>>;
  readonly connections: readonly ConnectionClass[];
};

/** What a target of the probe does. */
export type Duty = {
  /** Of the target: `issue new`. */
  readonly name: string;
  readonly operation: Operation;
  readonly class: ConnectionClass;
  readonly weight: number;
};

/** `{ issue: 2 }` over `[new, reused]` → issue new, issue reused. Their order is that of the targets. */
export function dutiesOf({
  operations,
  connections,
}: Pick<Scheduled, 'operations' | 'connections'>): readonly Duty[] {
  const weights: Readonly<Partial<Record<Operation, number>>> = isList(operations)
    ? Object.fromEntries(operations.map((operation) => [operation, 1]))
    : operations;
  return OPERATIONS.flatMap((operation) => {
    const share = weights[operation];
    if (share === undefined) return [];
    return connections.map((kind) => ({
      name: `${operation} ${kind}`,
      operation,
      class: kind,
      weight: share,
    }));
  });
}

/** The duties' schedules: together they make the rate, their first requests spread over the shortest interval. */
export function targetsOf(config: Scheduled): readonly PlannedTarget[] {
  const duties = dutiesOf(config);
  const total = duties.reduce((sum, { weight: share }) => sum + share, 0);
  const planned = duties.map((duty) => ({
    name: duty.name,
    intervalNs: Math.round((NS_PER_S * total) / (config.rate * duty.weight)),
    timeoutNs: config.timeout,
  }));
  const shortest = Math.min(...planned.map(({ intervalNs }) => intervalNs));
  return planned.map((target, index) => ({
    ...target,
    offsetNs: Math.round((index * shortest) / planned.length),
  }));
}

function isList(operations: Scheduled['operations']): operations is readonly Operation[] {
  return Array.isArray(operations);
}
