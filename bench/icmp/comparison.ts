import { markdownTable } from '../shared/markdown-table.ts';
import type { MustHold } from '../shared/must-hold.ts';
import { median } from '../shared/quantiles.ts';
import {
  SITUATION_TEXT,
  SITUATIONS,
  type Situation,
  startBusyProcesses,
  startHolder,
} from '../shared/situations.ts';
import { runEngine } from '../shared/start-engine.ts';
import { runFping } from './fping-run.ts';
import { loopbackHosts } from './targets.ts';

/** `fping` as anybody starts it; `fping, raised` at the priority of our measuring threads, which is what ratios are against. */
const CONTENDERS = ['kernel', 'net-ping', 'fping', 'fping, raised'] as const;
type Contender = (typeof CONTENDERS)[number];
const REFERENCE: Contender = 'fping, raised';

/** One run of one contender; NaN where it cannot be known. */
type Figures = {
  readonly p50: number;
  readonly p99: number;
  readonly late50: number;
  readonly late99: number;
  readonly cpu: number;
  /** With the rest of the process. */
  readonly cpuAll: number;
  readonly lost: number;
  readonly unsentPct: number;
  readonly flaggedPct: number;
};

export type Load = {
  readonly targets: number;
  readonly everyMs: number;
  readonly contenders: readonly Contender[];
};

const RTT_LOAD: Load = { targets: 500, everyMs: 100, contenders: CONTENDERS };
/** net-ping refuses as much. */
const CPU_LOAD: Load = {
  targets: 2000,
  everyMs: 200,
  contenders: ['kernel', 'fping', 'fping, raised'],
};
const WARM_UP_MS = 2000;

export type ComparisonOptions = { readonly rounds: number; readonly seconds: number };

export async function compareEngines(options: ComparisonOptions): Promise<readonly MustHold[]> {
  const holds: MustHold[] = [];
  for (const situation of SITUATIONS) {
    const rounds = await measure(RTT_LOAD, situation, options);
    print(`500 targets at 10/s, ${SITUATION_TEXT[situation]}`, RTT_LOAD, rounds);
    if (situation === 'held') holds.push(...precision(rounds));
  }
  const rounds = await measure(CPU_LOAD, 'idle', options);
  print(`2,000 targets at 5/s, ${SITUATION_TEXT.idle}`, CPU_LOAD, rounds);
  holds.push(cheapness(rounds));
  return holds;
}

type Round = ReadonlyMap<Contender, Figures>;

/** Contenders take turns, each round beginning with another, so that what else happens on the machine falls on all. */
async function measure(
  load: Load,
  situation: Situation,
  { rounds, seconds }: ComparisonOptions,
): Promise<readonly Round[]> {
  const endLoad = situation === 'busy' ? startBusyProcesses() : () => undefined;
  const all: Round[] = [];
  try {
    for (let round = 0; round < rounds; round++) {
      const figures = new Map<Contender, Figures>();
      for (let turn = 0; turn < load.contenders.length; turn++) {
        const contender = load.contenders[(round + turn) % load.contenders.length];
        if (contender === undefined) continue;
        figures.set(contender, await runOne(contender, load, situation, seconds));
      }
      all.push(figures);
    }
  } finally {
    endLoad();
  }
  return all;
}

async function runOne(
  contender: Contender,
  { targets, everyMs }: Load,
  situation: Situation,
  seconds: number,
): Promise<Figures> {
  const hosts = loopbackHosts(targets);
  if (contender === 'kernel' || contender === 'net-ping') {
    const config = { engine: contender, hosts, every: `${String(everyMs)}ms`, timeout: '1s' };
    const held = situation === 'held';
    const options = {
      config,
      kind: 'icmp',
      held,
      oneCore: false,
      warmUpMs: WARM_UP_MS,
      analyse: false,
      memoryEveryMs: 0,
      rows: false,
    };
    const run = await runEngine(options, seconds);
    return {
      ...run.latencyUs,
      late50: run.latenessUs.p50,
      late99: run.latenessUs.p99,
      cpu: run.cpuUs.measuring,
      // Holding the main thread is work of the bench.
      cpuAll: held ? Number.NaN : run.cpuUs.process,
      lost: run.lost + run.failed,
      unsentPct: (run.unsent / run.sum.due) * 100,
      flaggedPct: (run.flagged / run.sum.due) * 100,
    };
  }
  const endHolder = situation === 'held' ? startHolder() : () => undefined;
  try {
    const raised = contender === REFERENCE;
    const run = await runFping({ hosts, periodMs: everyMs, seconds, raised });
    return {
      ...run.rttUs,
      late50: Number.NaN,
      late99: Number.NaN,
      cpu: run.cpuUs,
      cpuAll: run.cpuUs,
      lost: run.lost,
      unsentPct: Number.NaN,
      flaggedPct: Number.NaN,
    };
  } finally {
    endHolder();
  }
}

const valuesOf = (rounds: readonly Round[], contender: Contender, key: keyof Figures) =>
  rounds.map((round) => round.get(contender)?.[key] ?? Number.NaN);

/** Median over the rounds of the ratio within each round. */
function ratio(
  rounds: readonly Round[],
  contender: Contender,
  key: keyof Figures,
  against: Contender = REFERENCE,
): number {
  const reference = valuesOf(rounds, against, key);
  return median(
    valuesOf(rounds, contender, key).map((value, i) => value / (reference[i] ?? Number.NaN)),
  );
}

function print(title: string, { contenders }: Load, rounds: readonly Round[]): void {
  const text = (value: number, digits = 1) => (Number.isNaN(value) ? '-' : value.toFixed(digits));
  const body = contenders.map((contender) => {
    const middle = (key: keyof Figures) => median(valuesOf(rounds, contender, key));
    const times = (key: keyof Figures) => `${text(ratio(rounds, contender, key), 2)}x`;
    const lost = valuesOf(rounds, contender, 'lost').reduce((sum, value) => sum + value, 0);
    return [
      contender,
      `${text(middle('p50'))} (${times('p50')})`,
      `${text(middle('p99'))} (${times('p99')})`,
      `${text(middle('late50'), 0)} / ${text(middle('late99'), 0)}`,
      `${text(middle('cpu'))} (${times('cpu')})`,
      text(middle('cpuAll')),
      String(lost),
      text(middle('unsentPct'), 2),
      text(middle('flaggedPct'), 2),
    ];
  });
  const head = [
    'engine',
    'median RTT',
    'p99 RTT',
    'late p50 / p99',
    'CPU a ping',
    'whole process',
    'false losses',
    'unsent %',
    'flagged %',
  ];
  console.log(
    `\n${title} (µs; in brackets times "${REFERENCE}"; medians of ${String(rounds.length)} rounds)\n`,
  );
  console.log(markdownTable([head, ...body]));
}

function precision(rounds: readonly Round[]): readonly MustHold[] {
  const held = 'main thread held, 500 targets at 10/s';
  // Against whichever fping is better.
  const references = ['fping', 'fping, raised'] as const;
  const differences = references.map((reference) => {
    const theirs = valuesOf(rounds, reference, 'p50');
    return median(
      valuesOf(rounds, 'kernel', 'p50').map((value, i) => value - (theirs[i] ?? Number.NaN)),
    );
  });
  const ratios = references.map((reference) => ratio(rounds, 'kernel', 'p99', reference));
  const [difference, times] = [Math.max(...differences), Math.max(...ratios)];
  const lost = valuesOf(rounds, 'kernel', 'lost').reduce((sum, value) => sum + value, 0);
  return [
    {
      what: `${held}: median RTT at most fping's + 10 µs`,
      figure: `fping's ${difference < 0 ? '-' : '+'} ${Math.abs(difference).toFixed(1)} µs`,
      holds: difference <= 10,
    },
    {
      what: `${held}: p99 RTT at most 3 times fping's`,
      figure: `${times.toFixed(2)} times`,
      holds: times <= 3,
    },
    { what: `${held}: no false loss`, figure: String(lost), holds: lost === 0 },
  ];
}

function cheapness(rounds: readonly Round[]): MustHold {
  const times = Math.max(
    ratio(rounds, 'kernel', 'cpu', 'fping'),
    ratio(rounds, 'kernel', 'cpu', 'fping, raised'),
  );
  return {
    what: "2,000 targets at 5/s: CPU a ping no more than fping's (aim: a third)",
    figure: `${times.toFixed(2)} times`,
    holds: times <= 1,
  };
}
