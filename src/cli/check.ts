import { openEngine } from '../engine/engine.ts';
import { EXIT } from '../errors/exit-codes.ts';
import { engineProbes, preflight } from '../pipeline.ts';
import { dropAnchor, runClock } from '../platform/clock.ts';
import { silentLogger } from '../platform/log.ts';
import { openStore } from '../recorder/influx/live-export.ts';
import type { CliDependencies } from './dependencies.ts';
import { orderOf } from './run.ts';
import { readScenario } from './scenario-file.ts';

/**
 * `rollproof check`: the scenario's text, then privileges, then every probe opened once (names resolved, logged in, pods
 * listed) and closed again; nothing is upgraded. A scenario without `upgrade` is checked as if a COMMAND were given.
 */
export async function check(
  args: { readonly scenario: string; readonly set: readonly string[] },
  dependencies: CliDependencies,
): Promise<number> {
  const { terminal, env } = dependencies;
  const scenario = await readScenario(args.scenario, args.set, dependencies);
  const command = scenario.upgrade === null ? ['true'] : null;
  const order = orderOf({ command, out: '' }, scenario, dependencies);
  await preflight(order);
  const writer = { samples: () => undefined, event: () => undefined };
  const clock = runClock(dropAnchor());
  const engine = await openEngine(await engineProbes(order), {
    clock,
    writer,
    env,
    log: silentLogger,
  });
  for (const probe of scenario.probes) {
    const how = engine.engines.get(probe.name);
    terminal.out(`ok  ${probe.name} (${probe.kind})${how == null ? '' : `: ${how}`}\n`);
  }
  await engine.stop();
  if (scenario.store !== null) {
    const { store, problem } = await openStore(scenario.store.influx, env);
    await store.close();
    const where = `InfluxDB at ${store.url}, bucket ${store.bucket}`;
    terminal.out(problem === null ? `ok  store: ${where}\n` : `warning  store: ${problem}\n`);
  }
  for (const objective of order.objectives) terminal.out(`ok  ${objective}\n`);
  terminal.out(`${args.scenario}: ready to run\n`);
  return EXIT.pass;
}
