import { sleep } from '../../src/platform/timers.ts';
import { threadTimes, totalTime } from '../shared/cpu-time.ts';
import { markdownTable } from '../shared/markdown-table.ts';
import type { MustHold } from '../shared/must-hold.ts';
import { startOthersShare } from '../shared/others-share.ts';
import { startHolder } from '../shared/situations.ts';
import { runEngine } from '../shared/start-engine.ts';
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
import type { Arrivals } from './server.ts';
import { withServer } from './start-server.ts';

const PER_SECOND = 1000;
const WARM_UP_MS = 2000;
const CONNECTIONS = 10;
const MOST_LATE_US = 2000;

type Row = {
  readonly by: string;
  /** Null where the program is not installed. */
  readonly figures: Figures | null;
};

type Figures = {
  readonly perSecond: number;
  readonly lateUs: { readonly p50: number; readonly p99: number; readonly max: number } | null;
  readonly unsent: number | null;
  readonly arrivals: Arrivals;
  readonly cpuUs: number;
};

/** Whether one worker holds 1,000 requests a second, on new and kept connections in turn, while its main thread is held 200 ms in every 300. */
export async function measurePacing(seconds: number): Promise<readonly MustHold[]> {
  const othersShare = startOthersShare();
  const { run, arrivals } = await withServer(async (server) => {
    const config = { url: server.url, rate: `${String(PER_SECOND)}/s` };
    const measured = await runEngine(
      {
        kind: 'http',
        config,
        held: true,
        oneCore: false,
        warmUpMs: WARM_UP_MS,
        analyse: false,
        memoryEveryMs: 0,
        rows: false,
      },
      seconds,
    );
    return { run: measured, arrivals: await server.arrivals() };
  });
  const beside = `other processes used ${(othersShare() * 100).toFixed(0)} % of the machine`;
  const ours: Row = {
    by: 'rollproof',
    figures: {
      perSecond: run.rate,
      lateUs: run.latenessUs,
      unsent: run.unsent,
      arrivals,
      cpuUs: run.cpuUs.measuring,
    },
  };
  const peers = [
    await runPeer('hey', hey, seconds),
    await runPeer('wrk -t1 (knows no rate)', wrk, seconds),
    await runPeer('autocannon', autocannon, seconds),
  ];
  print(seconds, [ours, ...peers]);
  const what = `1,000 requests/s for ${String(seconds)} s beside a held main thread`;
  const { due } = run.sum;
  return [
    {
      what: `${what}: unsent 0, all answered`,
      figure: `${String(run.unsent)} unsent, ${String(run.lost + run.failed)} lost or failed of ${String(due)}; ${beside}`,
      holds: run.unsent === 0 && run.ok === due,
    },
    {
      what: `${what}: send lateness p99 under 2 ms`,
      figure: `${(run.latenessUs.p99 / 1000).toFixed(2)} ms; ${beside}`,
      holds: run.latenessUs.p99 < MOST_LATE_US,
    },
  ];
}

/** On kept connections, beside a process that is held as our main thread is. */
function runPeer(by: string, peer: (load: Load) => Peer, seconds: number): Promise<Row> {
  return withServer(async (server) => {
    const load = {
      url: server.url,
      perSecond: PER_SECOND,
      connections: CONNECTIONS,
      seconds: Math.ceil(WARM_UP_MS / 1000 + seconds + 5),
      fresh: false,
    };
    const program = peer(load);
    if (!isInstalled(program)) return { by, figures: null };
    const endHolder = startHolder();
    const running = startPeer(program);
    try {
      await sleep(WARM_UP_MS);
      await server.arrivals();
      const [before, from] = [threadTimes(running.pid), performance.now()];
      await sleep(seconds * 1000);
      const arrivals = await server.arrivals();
      const [after, to] = [threadTimes(running.pid), performance.now()];
      const figures = {
        perSecond: (arrivals.count * 1000) / (to - from),
        lateUs: null,
        unsent: null,
        arrivals,
        cpuUs: totalTime(before, after) / arrivals.count / 1000,
      };
      return { by, figures };
    } finally {
      endHolder();
      await running.kill();
    }
  });
}

function print(seconds: number, rows: readonly Row[]): void {
  console.log(
    `\n1,000 requests/s for ${String(seconds)} s beside a main thread (for the others: a process) held 200 ms in every 300\n`,
  );
  const us = (value: number) => value.toFixed(0);
  console.log(
    markdownTable([
      [
        'sent by',
        'requests/s',
        'late p50 / p99 / max µs',
        'unsent',
        'arrived in 10 ms: p50 / p99 / most',
        'CPU a request µs',
      ],
      ...rows.map(({ by, figures }) => {
        if (figures === null) return [nameIn(by, false), '-', '-', '-', '-', '-'];
        const { perSecond, lateUs, unsent, arrivals, cpuUs } = figures;
        const { p50, p99, max } = arrivals.perHundredth;
        return [
          by,
          perSecond.toFixed(0),
          lateUs === null ? '-' : `${us(lateUs.p50)} / ${us(lateUs.p99)} / ${us(lateUs.max)}`,
          unsent === null ? '-' : String(unsent),
          `${String(p50)} / ${String(p99)} / ${String(max)}`,
          cpuUs.toFixed(1),
        ];
      }),
    ]),
  );
}
