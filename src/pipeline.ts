import { createAnalysis } from './analysis/analysis.ts';
import { conclude, writeReports } from './conclusion.ts';
import type { ProbeKind } from './contracts/probe.ts';
import type { StepResult } from './contracts/step.ts';
import { type Engine, type EngineProbe, openEngine } from './engine/engine.ts';
import { CodedError, messageOf } from './errors/coded-error.ts';
import type { MetricsAddress } from './live/metrics/address.ts';
import { createRunMetrics } from './live/metrics/run-metrics.ts';
import { openScrapeServer, type ScrapeServer } from './live/metrics/scrape-server.ts';
import type { LiveSnapshot } from './model/analysis.ts';
import type { RunEvent } from './model/event.ts';
import type { ExportAccount } from './model/export.ts';
import type { Phase } from './model/phase.ts';
import type { PlannedProbe, RunPlan } from './model/plan.ts';
import type { Scenario } from './model/scenario.ts';
import { SECRET_NAME } from './model/secret-name.ts';
import { type DurationNs, NS_PER_MS, type RunNs } from './model/time.ts';
import type { RunEnding } from './model/verdict.ts';
import { dropAnchor, runClock, wallMs } from './platform/clock.ts';
import { writeText } from './platform/files.ts';
import { connectKubernetes } from './platform/kubernetes.ts';
import { fileLogger, type Logger, redactor } from './platform/log.ts';
import { every, sleep } from './platform/timers.ts';
import { watchDisk } from './recorder/disk-watch.ts';
import { fanOut } from './recorder/fan-out.ts';
import {
  type LiveExport,
  type OpenedStore,
  openStore,
  startLiveExport,
} from './recorder/influx/live-export.ts';
import { createRunDirectory, type RunDirectory } from './recorder/run-directory.ts';
import { createRunFile } from './recorder/run-file.ts';
import { runFileError } from './recorder/run-file-error.ts';
import type { ReportView } from './report/view.ts';
import { type PlannedUpgradeStep, runSteps } from './upgrade/run-steps.ts';

/** A run as the command line has put it together: nothing in it is left to look up. */
export type RunOrder = {
  readonly scenario: Scenario;
  readonly kinds: ReadonlyMap<string, ProbeKind>;
  readonly steps: readonly PlannedUpgradeStep[];
  readonly objectives: readonly string[];
  /** The folder in which the run's directory is made. */
  readonly out: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  /** Aborted at the first SIGINT or SIGTERM: the run ends in order. */
  readonly interrupted: AbortSignal;
  /** Given the engine once it is open, so that a second signal can kill it. */
  readonly onEngine: (engine: Engine) => void;
  readonly onProgress: (progress: RunProgress) => void;
  /** Where the metrics are served; null: nowhere. */
  readonly metrics: MetricsAddress | null;
  /** Told what a person should know at once, a line each. */
  readonly onNotice: (line: string) => void;
};

/** What a live view is drawn from, four times a second. */
export type RunProgress = {
  readonly elapsedNs: DurationNs;
  readonly snapshot: LiveSnapshot;
  readonly step: {
    readonly index: number;
    readonly count: number;
    readonly name: string;
    readonly fraction: number | null;
    readonly line: string;
  } | null;
  /** Until the phase ends, where that is known. */
  readonly remainingNs: DurationNs | null;
  /** What the reader should act on now: a disk that is nearly full. */
  readonly warning: string | null;
};

export type FinishedRun = { readonly directory: RunDirectory; readonly view: ReportView };

/**
 * One run, start to end: prepare, probe the baseline, upgrade, let it settle, stop, record, analyse, judge, report.
 * Throws CodedError when the verifier cannot begin; once the first sample is due the run always ends with a verdict.
 */
export async function runScenario(order: RunOrder): Promise<FinishedRun> {
  await preflight(order);
  const influx = order.scenario.store?.influx ?? null;
  const store = influx === null ? null : await openStore(influx, order.env);
  let scrapes: ScrapeServer | null = null;
  try {
    scrapes = order.metrics === null ? null : await openScrapeServer(order.metrics);
    if (scrapes !== null) order.onNotice(`metrics: ${scrapes.url}`);
    if (store?.problem != null) order.onNotice(`warning: ${store.problem}`);
    return await runOpened(order, store, scrapes);
  } finally {
    await scrapes?.close();
    await store?.store.close();
  }
}

/** The run itself, with everything outside of it open. */
async function runOpened(
  order: RunOrder,
  store: OpenedStore | null,
  scrapes: ScrapeServer | null,
): Promise<FinishedRun> {
  const { scenario } = order;
  const directory = await createRunDirectory(order.out, scenario.name, wallMs());
  const redact = redactor([...scenario.secrets, ...environmentSecrets(order.env)]);
  const failed = new AbortController();
  const log = await beginFiles(directory, scenario, redact, (error) => {
    failed.abort(error);
  });

  const clock = runClock(dropAnchor());
  const writer = fanOut(redact);
  const engine = await open(order, { clock, writer, env: order.env, log });
  order.onEngine(engine);
  const plan = planOf(order, directory.name, engine);
  const meta = { plan, anchor: clock.anchor, rollproofVersion: order.version };
  const killEngine = (error: unknown) => {
    engine.kill();
    throw error;
  };
  const runFile = await createRunFile(directory.runFile, meta, (error) => {
    log.error({ code: error.code }, error.message);
    failed.abort(error);
  }).catch(killEngine);
  const liveExport: LiveExport | null =
    store === null
      ? null
      : await startLiveExport(await runFile.connect(), meta, store, log).catch(killEngine);
  const disk = await watchDisk(directory.path, {
    onLow: (message) => {
      log.warn({}, message);
    },
    onFull: (error) => {
      log.error({ code: error.code }, error.message);
      failed.abort(error);
    },
  }).catch(async (error: unknown) => {
    await liveExport?.pause();
    await runFile.close();
    return killEngine(error);
  });
  const analysis = createAnalysis(plan);
  let started: RunNs = 0;
  const now = () => {
    const at = clock.now();
    return { elapsedNs: Math.max(0, at - started), snapshot: analysis.snapshot(at) };
  };
  const metrics = scrapes === null ? null : createRunMetrics(plan, order.version, now);
  writer.attach([runFile, analysis, ...(metrics === null ? [] : [metrics])]);

  const stop = AbortSignal.any([order.interrupted, failed.signal]);
  let step: RunProgress['step'] = null;
  let phaseEnd: RunNs | null = null;
  const phase = async <T>(
    name: Phase,
    length: DurationNs | null,
    at: RunNs,
    body: (entered: Promise<void>) => Promise<T>,
  ): Promise<T> => {
    const entered = engine.phase(name, at);
    writer.event(phaseEvent(name, 'start', at));
    log.info({ phase: name }, 'phase begins');
    phaseEnd = length === null ? null : at + length;
    const result = await body(entered);
    writer.event(phaseEvent(name, 'end', clock.now()));
    return result;
  };
  const wait = (length: DurationNs, from: RunNs) =>
    sleep(Math.max(0, from + length - clock.now()) / NS_PER_MS, stop);

  started = engine.start();
  if (metrics !== null) scrapes?.serve(metrics);
  const endProgress = every(250, () => {
    const remainingNs = phaseEnd === null ? null : Math.max(0, phaseEnd - clock.now());
    order.onProgress({ ...now(), step, remainingNs, warning: disk.warning() });
  });
  let upgraded: StepResult = { result: 'ok' };
  const upgrade = async (entered: Promise<void>) => {
    // What is in flight still belongs to the baseline: nothing is touched until it has ended.
    await Promise.race([entered, abortOf(stop)]);
    return await runSteps(order.steps, {
      now: clock.now,
      writer,
      log,
      signal: stop,
      env: order.env,
      kubernetes: () => connectKubernetes(order.env),
      progress: (index, fraction, line) => {
        const name = order.steps[index]?.name ?? '';
        // A line may be an upgrade tool's own output, and is shown in CI logs.
        step = { index, count: order.steps.length, name, fraction, line: redact(line) };
      },
    });
  };
  try {
    const { baselineNs, settleNs } = scenario;
    await phase('baseline', baselineNs, started, () => wait(baselineNs, started));
    if (!stop.aborted) upgraded = await phase('upgrade', null, clock.now(), upgrade);
    step = null;
    const settling = clock.now();
    if (!stop.aborted) await phase('settle', settleNs, settling, () => wait(settleNs, settling));
  } catch (error) {
    log.error({ error: messageOf(error) }, 'the run broke off');
    failed.abort(error);
  }
  await engine.stop();
  endProgress();
  disk.stop();

  const ending = () => endingOf(upgraded, order.interrupted, failed.signal);
  await liveExport?.pause();
  let exported: ExportAccount | null = null;
  await runFile.end({ at: clock.now(), ending: ending().kind, why: whyOf(ending()) }, async () => {
    exported = (await liveExport?.finish(scenario.store?.influx.catchUpNs ?? 0)) ?? null;
  });
  const analysed = analysis.finish({ complete: true });
  const concluded = () =>
    conclude({
      analysis: analysed,
      objectives: plan.objectives,
      // Asked again: writing the end may itself have failed.
      ending: ending(),
      anchor: clock.anchor,
      version: order.version,
      exported,
      directory: directory.path,
    });
  await writeReports(directory, concluded()).catch((error: unknown) => {
    failed.abort(runFileError('writing the reports', directory.path, error));
  });
  const view = concluded();
  const { verdict, exitCode } = view.judgement;
  log.info({ verdict, exitCode }, 'run ended');
  log.flush();
  return { directory, view };
}

/** Begins log.ndjson and writes scenario.yaml. Throws `run-directory`; `onFailure` has it when the log breaks off later. */
async function beginFiles(
  directory: RunDirectory,
  scenario: Scenario,
  redact: (text: string) => string,
  onFailure: (error: CodedError) => void,
): Promise<Logger> {
  try {
    const log = fileLogger(directory.log, redact, (error) => {
      onFailure(runFileError('writing the log', directory.log, error));
    });
    await writeText(directory.scenario, scenario.resolvedYaml);
    return log;
  } catch (error) {
    throw runFileError('writing into the run directory', directory.path, error);
  }
}

/** Everything that would make the run worthless is found before anything is upgraded. Throws the first, names all. */
export async function preflight(
  order: Pick<RunOrder, 'scenario' | 'kinds' | 'steps' | 'env'>,
): Promise<void> {
  if (order.steps.some((step) => step.kind.needsCluster)) await connectKubernetes(order.env);
  const problems: CodedError[] = [];
  for (const probe of order.scenario.probes) {
    const kind = kindOf(order.kinds, probe.kind);
    const found = await kind.preflight(probe.config, { env: order.env });
    problems.push(
      ...found.map((e) => new CodedError(e.code, `probe ${probe.name}: ${e.message}`, e.hint, e)),
    );
  }
  const [first, ...rest] = problems;
  if (first === undefined) return;
  const message = [first, ...rest].map((e) => e.message).join('\n');
  const hints = [...new Set(problems.flatMap((e) => (e.hint === null ? [] : [e.hint])))];
  throw new CodedError(first.code, message, hints.length === 0 ? null : hints.join('\n'), first);
}

async function open(order: RunOrder, options: Parameters<typeof openEngine>[1]): Promise<Engine> {
  try {
    return await openEngine(await engineProbes(order), options);
  } catch (error) {
    options.log.error({}, messageOf(error));
    options.log.flush();
    throw error;
  }
}

/** The scenario's probes as the engine takes them. */
export async function engineProbes(
  order: Pick<RunOrder, 'scenario' | 'kinds'>,
): Promise<readonly EngineProbe[]> {
  return Promise.all(
    order.scenario.probes.map(async ({ name, kind, config }) => {
      const { worker, targets } = kindOf(order.kinds, kind);
      return { name, ...(await worker(config)), config, targets: targets(config) };
    }),
  );
}

function kindOf(kinds: ReadonlyMap<string, ProbeKind>, name: string): ProbeKind {
  const kind = kinds.get(name);
  if (kind === undefined) throw new CodedError('internal', `no probe kind ${name}`, null);
  return kind;
}

function planOf(order: RunOrder, run: string, engine: Engine): RunPlan {
  const probes = order.scenario.probes.map(
    (probe): PlannedProbe => ({
      name: probe.name,
      kind: probe.kind,
      control: probe.control,
      targets: kindOf(order.kinds, probe.kind).targets(probe.config),
      engine: engine.engines.get(probe.name) ?? null,
    }),
  );
  const steps = order.steps.map((step) => ({ name: step.name, kind: step.kind.kind }));
  return { run, scenario: order.scenario.name, probes, steps, objectives: order.objectives };
}

function phaseEvent(name: Phase, what: 'start' | 'end', at: RunNs): RunEvent {
  const subject = { kind: 'phase', name, uid: null };
  const nothing = { end: null, probe: null, target: null, serverTime: null, detail: {} };
  return { kind: 'phase', at, subject, what, ...nothing };
}

function endingOf(upgraded: StepResult, interrupted: AbortSignal, failed: AbortSignal): RunEnding {
  if (failed.aborted) return { kind: 'verifier-failed', why: messageOf(failed.reason) };
  if (interrupted.aborted) return { kind: 'interrupted' };
  if (upgraded.result === 'failed') return { kind: 'step-failed', why: upgraded.why };
  return { kind: 'complete' };
}

function whyOf(ending: RunEnding): string | null {
  return 'why' in ending ? ending.why : null;
}

async function abortOf(signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else
      signal.addEventListener('abort', () => {
        resolve();
      });
  });
}

/** What the environment holds that must not reach the log, whatever an upgrade tool prints. */
function environmentSecrets(env: RunOrder['env']): readonly string[] {
  const names = Object.keys(env).filter((name) => SECRET_NAME.test(name));
  const switches = ['true', 'false'];
  return names.flatMap((name) => env[name] ?? []).filter((value) => !switches.includes(value));
}
