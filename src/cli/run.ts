import type { Engine } from '../engine/engine.ts';
import { EXIT } from '../errors/exit-codes.ts';
import { parseMetricsAddress } from '../live/metrics/address.ts';
import type { Scenario } from '../model/scenario.ts';
import { NS_PER_S } from '../model/time.ts';
import { type RunOrder, type RunProgress, runScenario } from '../pipeline.ts';
import { verdictFile } from '../report/json.ts';
import { type LiveView, liveLine, liveTable } from '../report/live.ts';
import { summaryText } from '../report/text.ts';
import { defaultObjectives } from '../verdict/defaults.ts';
import type { CliDependencies } from './dependencies.ts';
import { readScenario } from './scenario-file.ts';
import { planUpgrade } from './upgrade-plan.ts';

export type RunArguments = {
  readonly scenario: string;
  readonly command: readonly string[] | null;
  readonly set: readonly string[];
  readonly out: string;
  readonly json: boolean;
  /** Where the metrics are served: `127.0.0.1:9464`; null: nowhere. */
  readonly metrics: string | null;
};

/** `rollproof run`: the exit code of its verdict. The last line on stdout is the run's directory. */
export async function run(args: RunArguments, dependencies: CliDependencies): Promise<number> {
  const { terminal } = dependencies;
  const interrupted = new AbortController();
  let engine: Engine | null = null;
  const listening = dependencies.onTermination(() => {
    if (interrupted.signal.aborted) {
      engine?.kill();
      dependencies.exitNow(EXIT.interrupted);
      return;
    }
    interrupted.abort();
    terminal.live?.end(true);
    terminal.err('\nstopping: attempts in flight end, then the report (again: at once)\n');
  });
  try {
    const metrics = args.metrics === null ? null : parseMetricsAddress(args.metrics);
    const scenario = await readScenario(args.scenario, args.set, dependencies);
    const order = orderOf(args, scenario, dependencies);
    const view = progressView(scenario.name, dependencies);
    const finished = await runScenario({
      ...order,
      metrics,
      onNotice: (line) => {
        terminal.err(`${line}\n`);
      },
      interrupted: interrupted.signal,
      onEngine: (opened) => {
        engine = opened;
      },
      onProgress: view.show,
    });
    view.end();
    if (args.json) {
      terminal.out(`${JSON.stringify(verdictFile(finished.view), null, 2)}\n`);
    } else {
      const { width } = terminal;
      terminal.out(`${summaryText(finished.view, { color: terminal.color.out, width })}\n`);
      terminal.out(`\nreport: ${finished.directory.report}\n${finished.directory.path}\n`);
    }
    return finished.view.judgement.exitCode;
  } finally {
    listening();
  }
}

/** Everything `run` and `check` need to know of a scenario before anything is opened. */
export function orderOf(
  args: Pick<RunArguments, 'command' | 'out'>,
  scenario: Scenario,
  dependencies: CliDependencies,
): Omit<RunOrder, 'interrupted' | 'onEngine' | 'onProgress' | 'metrics' | 'onNotice'> {
  const kinds = new Map(dependencies.probes.map((kind) => [kind.kind, kind]));
  const defaults = defaultObjectives(
    scenario.probes.map(({ name, control, kind }) => ({
      name,
      control,
      defaultObjectives: kinds.get(kind)?.defaultObjectives ?? [],
    })),
  );
  return {
    scenario,
    kinds,
    steps: planUpgrade(scenario, args.command, dependencies),
    objectives: scenario.objectives ?? defaults,
    out: args.out,
    env: dependencies.env,
    version: dependencies.version,
  };
}

/** Seconds between two plain lines where there is no terminal to redraw. */
const PLAIN_LINE_S = 5;

function progressView(scenario: string, { terminal }: CliDependencies) {
  const { live } = terminal;
  let drawn = false;
  let nextLine = 0;
  return {
    show: (progress: RunProgress) => {
      const view: LiveView = { ...progress, scenario };
      if (live !== null) {
        const size = { width: live.width(), rows: live.rows() };
        live.draw(liveTable(view, { color: terminal.color.err, ...size }));
        drawn = true;
      } else if (progress.elapsedNs >= nextLine) {
        nextLine = progress.elapsedNs + PLAIN_LINE_S * NS_PER_S;
        terminal.err(`${liveLine(view)}\n`);
      }
    },
    end: () => {
      if (drawn) live?.end(false);
    },
  };
}
