import type { LatencySummary } from '../../src/model/analysis.ts';
import { NS_PER_MS } from '../../src/model/time.ts';
import { sleep } from '../../src/platform/timers.ts';
import type { EngineRun } from '../shared/engine-run.ts';
import { markdownTable } from '../shared/markdown-table.ts';
import type { MustHold } from '../shared/must-hold.ts';
import { median, nearestRank } from '../shared/quantiles.ts';
import { startEngine } from '../shared/start-engine.ts';
import { type SaidLatencies, saidByAutocannon, saidByHey, saidByWrk } from './peer-latencies.ts';
import {
  autocannon,
  hey,
  isInstalled,
  type Load,
  nameIn,
  type Peer,
  startPeer,
  wrk,
} from './peers.ts';
import { evenDues, trueLatencies } from './stall-truth.ts';
import { type Server, withServer } from './start-server.ts';

const PER_SECOND = 100;
const STALL_MS = 1000;
const WARM_UP_MS = 2000;
const MOST_OFF = 0.02;

/** What was said, and what is true, of one run. */
type Verdict = {
  readonly said: SaidLatencies;
  /** With the answers that a stall of the verifier disturbed, which `said` leaves out: the machine held it up. Null when there was none. */
  readonly atMost: SaidLatencies | null;
  readonly truth: SaidLatencies;
};

type Run = (seconds: number) => Promise<readonly Verdict[]>;

/** By what it says: our two figures, from the sending and from the due time, each of both classes of connection. */
const OURS = ['new', 'reused'].flatMap((name) => [
  `rollproof ${name}, latency`,
  `rollproof ${name}, response`,
]);
const PEERS: Readonly<Record<string, Run>> = {
  'hey -c 1 -q 100': peerRun(hey, saidByHey, 1),
  'hey -c 10 -q 10': peerRun(hey, saidByHey, 10),
  'wrk -t1 -c1 (knows no rate)': peerRun(wrk, saidByWrk, 1),
  'autocannon -c 1 -R 100': peerRun(autocannon, saidByAutocannon, 1),
  'autocannon -c 10 -R 100': peerRun(autocannon, saidByAutocannon, 10),
  'autocannon -c 10 -R 100 -C': peerRun((load) => autocannon(load, ['-C']), saidByAutocannon, 10),
};

/**
 * A server that stands still once for a second under 100 requests a second: what the http probe says of it, and what others do. A client that waits for an
 * answer before it sends the next request omits what would have waited (coordinated omission).
 */
export async function measureStall(options: {
  readonly rounds: number;
  readonly seconds: number;
}): Promise<readonly MustHold[]> {
  const { rounds, seconds } = options;
  const ours: (readonly Verdict[])[] = [];
  const theirs = new Map<string, Verdict[]>(Object.keys(PEERS).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    ours.push([...(await runOurs('new', seconds)), ...(await runOurs('reused', seconds))]);
    for (const [name, run] of Object.entries(PEERS))
      theirs.get(name)?.push(...(await run(seconds)));
  }
  const columns = OURS.map((name, i) => ({ name, all: ours.flatMap((round) => round[i] ?? []) }));
  print(rounds, seconds, [...columns, ...[...theirs].map(([name, all]) => ({ name, all }))]);
  return columns.flatMap(({ name, all }) =>
    (['p99', 'max'] as const).map((key) =>
      closeToTruth(`a stall of 1 s at 100 requests/s, ${name}`, key, all),
    ),
  );
}

/**
 * Where the machine held the verifier up, the report says from what to what a figure lies, and the truth must lie there; that is a weaker test, and when most
 * rounds could be put to no other one, nothing holds.
 */
export function closeToTruth(what: string, key: 'p99' | 'max', all: readonly Verdict[]): MustHold {
  const free = all.filter(({ atMost }) => atMost === null);
  const worst = Math.max(0, ...free.map((verdict) => Math.abs(off(verdict, key))));
  const heldUp = all.filter(({ atMost }) => atMost !== null);
  const between = heldUp.filter(
    ({ said, atMost, truth }) =>
      said[key] <= truth[key] * (1 + MOST_OFF) &&
      (atMost?.[key] ?? 0) >= truth[key] * (1 - MOST_OFF),
  );
  return {
    what: `${what}: ${key} within 2 % of the truth`,
    figure: `${(worst * 100).toFixed(2)} % off at most in ${String(free.length)} rounds; ${String(heldUp.length)} held up, the truth within their bounds in ${String(between.length)}`,
    holds:
      free.length > 0 &&
      worst <= MOST_OFF &&
      between.length === heldUp.length &&
      free.length >= heldUp.length,
  };
}

function runOurs(connections: 'new' | 'reused', seconds: number): Promise<readonly Verdict[]> {
  return withServer(async (server) => {
    const running = await startEngine({
      kind: 'http',
      config: { url: server.url, rate: `${String(PER_SECOND)}/s`, connections: [connections] },
      held: false,
      oneCore: false,
      warmUpMs: WARM_UP_MS,
      analyse: true,
      memoryEveryMs: 0,
      rows: true,
    });
    await sleep(WARM_UP_MS);
    const { from, to } = await stallInTheMiddle(server, seconds);
    const run = await running.stop();
    const ms = (at: bigint) => Number(at - BigInt(running.anchorNs)) / NS_PER_MS;
    const dues = run.rows.map(({ due }) => due / NS_PER_MS);
    const truth = summary(trueLatencies(dues, { from: ms(from), to: ms(to) }));
    return reportedBy(run).map((figures) => ({ ...figures, truth }));
  });
}

/** Throws when the report has nothing to say. */
function reportedBy({ reported }: EngineRun): readonly Omit<Verdict, 'truth'>[] {
  const [target] = reported;
  if (target === undefined) throw new Error('nothing is reported');
  const { latency, latencyAtMost, response, responseAtMost } = target;
  return [[latency, latencyAtMost] as const, [response, responseAtMost] as const].map(
    ([said, atMost]) => {
      if (said === null) throw new Error('nothing is reported');
      return { said: inMs(said), atMost: atMost === null ? null : inMs(atMost) };
    },
  );
}

function inMs({ count, p50, p99, max }: LatencySummary): SaidLatencies {
  return { requests: count, p50: p50 / NS_PER_MS, p99: p99 / NS_PER_MS, max: max / NS_PER_MS };
}

/** The truth for a peer is what requests evenly spread over its time would have met: its own are not known one by one. */
function peerRun(
  peer: (load: Load) => Peer,
  said: (output: string) => SaidLatencies,
  connections: number,
): Run {
  return (seconds) =>
    withServer(async (server) => {
      const load = { url: server.url, perSecond: PER_SECOND, connections, seconds, fresh: false };
      const program = peer(load);
      if (!isInstalled(program)) return [];
      const running = startPeer(program);
      const { from, to } = await stallInTheMiddle(server, seconds);
      const half = (seconds * 1000) / 2;
      const stood = { from: half, to: half + Number(to - from) / NS_PER_MS };
      const truth = summary(trueLatencies(evenDues(PER_SECOND, seconds), stood));
      return [{ said: said(await running.output()), atMost: null, truth }];
    });
}

async function stallInTheMiddle(server: Server, seconds: number) {
  const began = performance.now();
  await sleep((seconds * 1000) / 2);
  const stood = await server.stall(STALL_MS);
  await sleep(Math.max(0, seconds * 1000 - (performance.now() - began)));
  return stood;
}

function summary(latencies: readonly number[]): SaidLatencies {
  const at = (p: number) => nearestRank(latencies, p);
  return { requests: latencies.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}

/** As a share of the truth. */
function off({ said, truth }: Pick<Verdict, 'said' | 'truth'>, key: 'p99' | 'max'): number {
  return (said[key] - truth[key]) / truth[key];
}

function print(
  rounds: number,
  seconds: number,
  rows: readonly { readonly name: string; readonly all: readonly Verdict[] }[],
): void {
  console.log(
    `\n100 requests/s for ${String(seconds)} s to a server that once stands still for 1 s (ms; medians of ${String(rounds)} rounds)\n`,
  );
  console.log(
    markdownTable([
      [
        'said by',
        'requests',
        'p50',
        'p99',
        'max',
        'true p99',
        'true max',
        'p99 off',
        'max off',
        'held up',
      ],
      ...rows.map(({ name, all }) => {
        const middle = (value: (verdict: Verdict) => number, digits = 1) =>
          all.length === 0 ? '-' : median(all.map(value)).toFixed(digits);
        const percent = (key: 'p99' | 'max') => `${middle((verdict) => off(verdict, key) * 100)} %`;
        return [
          nameIn(name, all.length > 0),
          middle(({ said }) => said.requests, 0),
          middle(({ said }) => said.p50, 2),
          middle(({ said }) => said.p99),
          middle(({ said }) => said.max),
          middle(({ truth }) => truth.p99),
          middle(({ truth }) => truth.max),
          percent('p99'),
          percent('max'),
          String(all.filter(({ atMost }) => atMost !== null).length),
        ];
      }),
    ]),
  );
}
