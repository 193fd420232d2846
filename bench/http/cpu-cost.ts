import { sleep } from '../../src/platform/timers.ts';
import { threadTimes, totalTime } from '../shared/cpu-time.ts';
import { markdownTable } from '../shared/markdown-table.ts';
import type { MustHold } from '../shared/must-hold.ts';
import { median } from '../shared/quantiles.ts';
import { runEngine } from '../shared/start-engine.ts';
import {
  autocannon,
  bareSockets,
  hey,
  isInstalled,
  type Load,
  nameIn,
  type Peer,
  raised,
  spreadAutocannon,
  startPeer,
  wrk,
} from './peers.ts';
import { type Server, withServer } from './start-server.ts';

const PER_SECOND = 2000;
const WARM_UP_MS = 2000;
const CONNECTIONS = 10;
/** So many must have been sent: what was left out cost nothing. */
const LEAST_PER_SECOND = 0.99 * PER_SECOND;

/** One run of one contender, µs of CPU a request; NaN where it cannot be known. */
type Figures = {
  readonly cpu: number;
  /** Of the measuring thread alone. */
  readonly thread: number;
  readonly perSecond: number;
  readonly mostInHundredth: number;
};

/** Null where the program is not installed. */
type Run = (server: Server, seconds: number, fresh: boolean) => Promise<Figures | null>;

const OURS = 'rollproof';
/** Our figures are held against whichever of the two is better. */
const REFERENCES = ['autocannon', 'autocannon, raised'] as const;
const CONTENDERS: Readonly<Record<string, Run>> = {
  [OURS]: runOurs,
  autocannon: peerRun(autocannon),
  'autocannon, raised': peerRun((load) => raised(autocannon(load))),
  'autocannon, spread': peerRun(spreadAutocannon),
  'bare sockets of Node': peerRun(bareSockets),
  hey: peerRun(hey),
  'wrk -t1, as fast as it goes': peerRun(wrk),
};
const NAMES = Object.keys(CONTENDERS);

type Round = ReadonlyMap<string, Figures>;

/** CPU that a request costs at 2,000 a second, on kept connections and on new ones. */
export async function measureCost(options: {
  readonly rounds: number;
  readonly seconds: number;
}): Promise<readonly MustHold[]> {
  const holds: MustHold[] = [];
  for (const fresh of [false, true]) {
    const rounds = await measure(fresh, options);
    const title = fresh ? 'each on a new connection' : 'on kept connections';
    print(`2,000 requests/s, ${title}`, rounds);
    const times = Math.max(...REFERENCES.map((reference) => ratio(rounds, OURS, reference)));
    const sent = median(valuesOf(rounds, OURS, 'perSecond'));
    holds.push({
      what: `2,000 requests/s ${title}: CPU per request no more than autocannon's`,
      figure: `${times.toFixed(2)} times, at ${sent.toFixed(0)} requests/s`,
      holds: times <= 1 && sent >= LEAST_PER_SECOND,
    });
  }
  return holds;
}

/** Contenders take turns, each round beginning with another, so that what else happens on the machine falls on all. */
async function measure(
  fresh: boolean,
  { rounds, seconds }: { readonly rounds: number; readonly seconds: number },
): Promise<readonly Round[]> {
  const all: Round[] = [];
  for (let round = 0; round < rounds; round++) {
    const figures = new Map<string, Figures>();
    for (let turn = 0; turn < NAMES.length; turn++) {
      const name = NAMES[(round + turn) % NAMES.length] ?? OURS;
      // A new one for each: none finds a server that another has warmed up.
      const run = CONTENDERS[name];
      if (run === undefined) continue;
      const one = await withServer((server) => run(server, seconds, fresh));
      if (one !== null) figures.set(name, one);
    }
    all.push(figures);
  }
  return all;
}

async function runOurs(server: Server, seconds: number, fresh: boolean): Promise<Figures> {
  const config = {
    url: server.url,
    rate: `${String(PER_SECOND)}/s`,
    connections: [fresh ? 'new' : 'reused'],
  };
  const run = await runEngine(
    {
      kind: 'http',
      config,
      held: false,
      oneCore: false,
      warmUpMs: WARM_UP_MS,
      analyse: false,
      memoryEveryMs: 0,
      rows: false,
    },
    seconds,
  );
  const { ok, lost, failed } = run;
  if (lost + failed > 0) throw new Error(`${String(lost + failed)} of ${String(ok)} were not ok`);
  const { perHundredth } = await server.arrivals();
  return {
    cpu: run.cpuUs.whole,
    thread: run.cpuUs.measuring,
    perSecond: run.rate,
    mostInHundredth: perHundredth.max,
  };
}

function peerRun(peer: (load: Load) => Peer): Run {
  return async (server, seconds, fresh) => {
    const load = {
      url: server.url,
      perSecond: PER_SECOND,
      connections: CONNECTIONS,
      // It is ended before by us: its summing up is none of its requests.
      seconds: Math.ceil(WARM_UP_MS / 1000 + seconds + 5),
      fresh,
    };
    const program = peer(load);
    if (!isInstalled(program)) return null;
    const running = startPeer(program);
    try {
      await sleep(WARM_UP_MS);
      await server.arrivals();
      const [before, from] = [threadTimes(running.pid), performance.now()];
      await sleep(seconds * 1000);
      const [after, to] = [threadTimes(running.pid), performance.now()];
      const { count, perHundredth } = await server.arrivals();
      return {
        cpu: totalTime(before, after) / count / 1000,
        thread: Number.NaN,
        perSecond: (count * 1000) / (to - from),
        mostInHundredth: perHundredth.max,
      };
    } finally {
      await running.kill();
    }
  };
}

const valuesOf = (rounds: readonly Round[], name: string, key: keyof Figures) =>
  rounds.map((round) => round.get(name)?.[key] ?? Number.NaN);

/** Median over the rounds of the ratio within each round. */
function ratio(rounds: readonly Round[], name: string, reference: string): number {
  const theirs = valuesOf(rounds, reference, 'cpu');
  return median(valuesOf(rounds, name, 'cpu').map((value, i) => value / (theirs[i] ?? Number.NaN)));
}

function print(title: string, rounds: readonly Round[]): void {
  const text = (value: number, digits: number) =>
    Number.isNaN(value) ? '-' : value.toFixed(digits);
  const middle = (name: string, key: keyof Figures) => median(valuesOf(rounds, name, key));
  console.log(
    `\n${title} (in brackets times "autocannon"; medians of ${String(rounds.length)} rounds)\n`,
  );
  console.log(
    markdownTable([
      [
        'sent by',
        'CPU a request µs',
        'of it the measuring thread µs',
        'requests/s',
        'most in 10 ms',
      ],
      ...NAMES.map((name) => {
        const measured = rounds.some((round) => round.has(name));
        if (!measured) return [nameIn(name, false), '-', '-', '-', '-'];
        return [
          name,
          `${text(middle(name, 'cpu'), 1)} (${text(ratio(rounds, name, 'autocannon'), 2)}x)`,
          text(middle(name, 'thread'), 1),
          text(middle(name, 'perSecond'), 0),
          text(middle(name, 'mostInHundredth'), 0),
        ];
      }),
    ]),
  );
}
