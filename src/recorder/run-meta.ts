import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import type { RunMeta } from '../contracts/samples.ts';
import { CodedError } from '../errors/coded-error.ts';
import type { PlannedProbe, RunPlan } from '../model/plan.ts';
import type { RecordedTarget } from './sample-chunk.ts';
import { META, OLDEST_SCHEMA, SCHEMA_VERSION } from './schema.ts';

/** Writes the plan and the facts of a run that are known at its start. */
export async function writeMeta(
  connection: DuckDBConnection,
  meta: Omit<RunMeta, 'ended'>,
): Promise<void> {
  const { plan, anchor, rollproofVersion } = meta;
  const facts = {
    [META.schema]: String(SCHEMA_VERSION),
    [META.run]: plan.run,
    [META.scenario]: plan.scenario,
    [META.version]: rollproofVersion,
    [META.monotonic]: String(anchor.monotonicNs),
    [META.wall]: String(anchor.wallNs),
  };
  for (const [key, value] of Object.entries(facts)) await writeFact(connection, key, value);
  const targets = recordedTargets(plan);
  const rows = await connection.createAppender('targets');
  for (const [probeId, probe] of plan.probes.entries()) {
    const { name, kind, control, engine } = probe;
    await connection.run('INSERT INTO probes VALUES ($1, $2, $3, $4, $5)', [
      probeId,
      name,
      kind,
      control,
      engine,
    ]);
    for (const [index, target] of (targets.get(name) ?? []).entries()) {
      rows.appendUInteger(target.id);
      rows.appendUSmallInt(probeId);
      rows.appendUSmallInt(index);
      rows.appendVarchar(target.name);
      for (const ns of [target.intervalNs, target.timeoutNs, target.offsetNs])
        rows.appendDouble(ns);
      rows.endRow();
    }
  }
  rows.closeSync();
  for (const [index, { name, kind }] of plan.steps.entries()) {
    await connection.run('INSERT INTO steps VALUES ($1, $2, $3)', [index, name, kind]);
  }
  for (const [index, text] of plan.objectives.entries()) {
    await connection.run('INSERT INTO objectives VALUES ($1, $2)', [index, text]);
  }
}

/** Probe name → its targets, with ids counted through the plan. */
export function recordedTargets(plan: RunPlan): ReadonlyMap<string, readonly RecordedTarget[]> {
  let next = 0;
  return new Map(
    plan.probes.map(({ name, targets }) => [
      name,
      targets.map((target) => ({ ...target, id: next++ })),
    ]),
  );
}

export async function writeFact(
  connection: DuckDBConnection,
  key: string,
  value: string,
): Promise<void> {
  await connection.run('INSERT OR REPLACE INTO meta VALUES ($1, $2)', [key, value]);
}

export type RecordedMeta = {
  readonly meta: RunMeta;
  /** The version of the tables it is read from: OLDEST_SCHEMA to SCHEMA_VERSION. */
  readonly schema: number;
};

/** Reads back what writeMeta wrote, and how the run ended. Throws `run-directory` for a schema this version cannot read. */
export async function readMeta(connection: DuckDBConnection, path: string): Promise<RecordedMeta> {
  const rows = async (sql: string) => (await connection.runAndReadAll(sql)).getRows();
  const facts = new Map(
    (await rows('SELECT key, value FROM meta')).map(([key, value]) => [text(key), text(value)]),
  );
  const schema = Number(facts.get(META.schema));
  if (!(schema >= OLDEST_SCHEMA && schema <= SCHEMA_VERSION)) {
    throw new CodedError(
      'run-directory',
      `${path}: its tables are version ${String(schema)}, this rollproof reads versions ${String(OLDEST_SCHEMA)} to ${String(SCHEMA_VERSION)}`,
      `open it with rollproof ${facts.get(META.version) ?? '(unknown)'}, which wrote it, or a newer one`,
    );
  }
  const targets = await rows(
    'SELECT probe_id, name, interval_ns, timeout_ns, offset_ns FROM targets ORDER BY target_id',
  );
  const probes = (
    await rows('SELECT probe_id, name, kind, control, engine FROM probes ORDER BY probe_id')
  ).map(([id, name, kind, control, engine]): PlannedProbe => {
    return {
      name: text(name),
      kind: text(kind),
      control: control === true,
      targets: targets
        .filter(([probe]) => probe === id)
        .map(([, target, interval, timeout, offset]) => ({
          name: text(target),
          intervalNs: Number(interval),
          timeoutNs: Number(timeout),
          offsetNs: Number(offset),
        })),
      engine: typeof engine === 'string' ? engine : null,
    };
  });
  const steps = await rows('SELECT name, kind FROM steps ORDER BY step_index');
  const objectives = await rows('SELECT text FROM objectives ORDER BY objective_index');
  const fact = (key: string) => facts.get(key) ?? '';
  const endedAt = facts.get(META.endedAt);
  const meta: RunMeta = {
    plan: {
      run: fact(META.run),
      scenario: fact(META.scenario),
      probes,
      steps: steps.map(([name, kind]) => ({ name: text(name), kind: text(kind) })),
      objectives: objectives.map(([objective]) => text(objective)),
    },
    anchor: { monotonicNs: BigInt(fact(META.monotonic)), wallNs: BigInt(fact(META.wall)) },
    ended:
      endedAt === undefined
        ? null
        : {
            at: Number(endedAt),
            ending: fact(META.ending),
            why: facts.get(META.endedWhy) ?? null,
          },
    rollproofVersion: fact(META.version),
  };
  return { meta, schema };
}

/** A VARCHAR that is not null. */
function text(value: DuckDBValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
