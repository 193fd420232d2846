/**
 * One run of one ICMP engine in a process of its own, through the engine that a real run uses. argv[2] is an EngineRunOptions as JSON; a line
 * `{"started": …}` says when the schedule began; when standard input ends the schedule ends, and the EngineRun follows as one line.
 */

import { BroadcastChannel } from 'node:worker_threads';
import { icmpConfig } from '../../probes/icmp/config.ts';
import { icmp } from '../../probes/icmp/index.ts';
import { createAnalysis } from '../../src/analysis/analysis.ts';
import { openEngine } from '../../src/engine/engine.ts';
import type { Outage } from '../../src/model/analysis.ts';
import { FLAG, OUTCOMES, REASONS, type SampleBatch } from '../../src/model/sample.ts';
import { dropAnchor, runClock } from '../../src/platform/clock.ts';
import { silentLogger } from '../../src/platform/log.ts';
import { busiestThread, childrenOf, threadTimes, totalTime } from './cpu-time.ts';
import { createNumberColumn } from './number-column.ts';
import { quantile } from './quantiles.ts';
import { createRowAccount, type RowSum } from './row-account.ts';
import { holdMainThread } from './situations.ts';
import { type HeapReport, usedHeap, WORKER_HEAP } from './worker-heap.ts';

export type EngineRunOptions = {
  /** As in a scenario. */
  readonly config: object;
  /** The main thread is held 200 ms in every 300. */
  readonly held: boolean;
  /** Samples due in the first part count for losses only: the compiler is at work. */
  readonly warmUpMs: number;
  /** Fold the samples as a run does instead of keeping each latency; needed for outages, and for long runs. */
  readonly analyse: boolean;
  /** How often memory is looked at; 0 never. */
  readonly memoryEveryMs: number;
};

export type EngineRun = {
  readonly engine: string | null;
  /** Of all answers, also those whose latency the report would leave out as disturbed; µs. Empty when analysed. */
  readonly rttUs: { readonly p50: number; readonly p99: number };
  /** Sent − due, µs. */
  readonly latenessUs: { readonly p50: number; readonly p99: number };
  /** CPU time per ping, µs: of the measuring thread or child; and all that the process (and child) used more than when idle. */
  readonly cpuUs: { readonly measuring: number; readonly process: number };
  /** Pings a second that left in time, and share of one core that the measuring thread or child took. */
  readonly rate: number;
  readonly coreShare: number;
  /** By the schedule, and what is wrong with the rows: see `closes`. */
  readonly sum: RowSum;
  /** Rows. */
  readonly ok: number;
  readonly lost: number;
  readonly failed: number;
  readonly unsent: number;
  /** Answers flagged late or disturbed. */
  readonly flagged: number;
  readonly blindMs: number;
  readonly seconds: number;
  readonly outages: readonly Outage[];
  /** Attempts that were not on time, when analysed (of one target: the first). */
  readonly delays: readonly Delay[];
  readonly memory: readonly MemorySample[];
};

/** `lateNs` null: it was not sent at all. */
export type Delay = { readonly due: number; readonly lateNs: number | null };

export type MemorySample = {
  readonly second: number;
  /** Without the columns in which this bench gathers its figures. */
  readonly rss: number;
  /** Heap of the main thread, where the samples are folded. */
  readonly main: number;
  /** By thread id of Node: workers that report it (worker-heap.ts). */
  readonly heaps: Readonly<Record<string, number>>;
};

export type Started = { readonly started: number; readonly anchorNs: string };

const IDLE_MS = 1000;
/** A worker has said by then how much heap it uses. */
const ANSWER_MS = 200;
/** Less is the grain of waking. */
const DELAY_NS = 500_000;
const ALWAYS = [{ start: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY }];
const options = JSON.parse(process.argv[2] ?? '{}') as EngineRunOptions;
const config = icmpConfig.parse(options.config);
const targets = icmp.targets(config);
const clock = runClock(dropAnchor());
const plan = { name: 'bench', kind: 'icmp', control: false, targets, engine: null };
const analysis = options.analyse
  ? createAnalysis({ run: '', scenario: '', probes: [plan], steps: [], objectives: [] })
  : null;

const counts = { ok: 0, lost: 0, failed: 0, unsent: 0 };
const account = createRowAccount(targets);
const [rtt, lateness, inTime] = [createNumberColumn(), createNumberColumn(), createNumberColumn()];
const delays: Delay[] = [];
let flagged = 0;
let warmAt = Number.POSITIVE_INFINITY;

const take = (batch: SampleBatch) => {
  analysis?.samples(batch);
  for (let row = 0; row < batch.count; row++) {
    const outcome = OUTCOMES[batch.outcome[row] ?? 0] ?? 'unsent';
    counts[outcome]++;
    const target = batch.target[row] ?? 0;
    if (((batch.flags[row] ?? 0) & (FLAG.late | FLAG.disturbed)) !== 0) flagged++;
    const due = batch.due[row] ?? 0;
    const reason = REASONS[batch.reason[row] ?? 0] ?? 'none';
    account.add(target, batch.seq[row] ?? 0, due, outcome, reason);
    const sent = batch.sent[row] ?? Number.NaN;
    if (analysis !== null) {
      const lateNs = outcome === 'unsent' ? null : sent - due;
      if (target === 0 && (lateNs === null || lateNs > DELAY_NS)) delays.push({ due, lateNs });
      continue;
    }
    if (due < warmAt) continue;
    if (!Number.isNaN(sent)) {
      lateness.add((sent - due) / 1000);
      if (outcome !== 'unsent') inTime.add(sent);
    }
    if (outcome === 'ok') rtt.add((batch.latency[row] ?? Number.NaN) / 1000);
  }
};

const engine = await openEngine(
  [{ name: 'bench', ...(await icmp.worker(config)), config, targets }],
  {
    clock,
    env: {},
    log: silentLogger,
    writer: { samples: take, event: (event) => analysis?.event(event) },
  },
);

const [child] = childrenOf(process.pid, 'worker-main');
const read = () => ({
  at: clock.now(),
  own: threadTimes(process.pid),
  child: child === undefined ? null : threadTimes(child),
});
type Reading = ReturnType<typeof read>;
const used = (before: Reading, after: Reading) => {
  const inChild =
    before.child === null || after.child === null ? null : totalTime(before.child, after.child);
  return {
    ns: after.at - before.at,
    measuring: inChild ?? busiestThread(before.own, after.own, process.pid),
    all: totalTime(before.own, after.own) + (inChild ?? 0),
  };
};
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

await pause(IDLE_MS);
const idleFrom = read();
await pause(IDLE_MS);
const idle = used(idleFrom, read());

const memory: MemorySample[] = [];
const started = engine.start();
const note: Started = { started, anchorNs: String(clock.anchor.monotonicNs) };
console.log(JSON.stringify(note));
const stdinEnded = new Promise((resolve) => process.stdin.resume().once('end', resolve));
const release = options.held ? holdMainThread() : () => undefined;
if (options.memoryEveryMs > 0) watchMemory();
await pause(options.warmUpMs);
warmAt = clock.now();
const from = read();
await stdinEnded;
const to = read();
release();
const stopping = clock.now();
await engine.stop();
// Until its worker hears of the end it goes on: what it made by then has rows, and was due.
const ended = { from: stopping, to: clock.now() };

const work = used(from, to);
const pings = inTime.values().filter((sent) => sent >= from.at && sent < to.at).length;
const finished = analysis?.finish({ complete: false }) ?? null;
const blind = finished?.blind ?? [];
const values = rtt.values();
const late = lateness.values();
const run: EngineRun = {
  engine: engine.engines.get('bench') ?? null,
  rttUs: { p50: quantile(values, 0.5), p99: quantile(values, 0.99) },
  latenessUs: { p50: quantile(late, 0.5), p99: quantile(late, 0.99) },
  cpuUs: {
    measuring: work.measuring / pings / 1000,
    process: (work.all - (idle.all / idle.ns) * work.ns) / pings / 1000,
  },
  rate: pings / (work.ns / 1e9),
  coreShare: work.measuring / work.ns,
  // Without an analysis nobody says when it was blind.
  sum: account.finish(started, ended, analysis === null ? ALWAYS : blind),
  ...counts,
  flagged,
  blindMs: blind.reduce((sum, { start, end }) => sum + (end - start), 0) / 1e6,
  seconds: (to.at - started) / 1e9,
  outages: finished?.probes[0]?.targets[0]?.outages ?? [],
  delays,
  memory,
};
console.log(JSON.stringify(run));
process.exit(0);

function watchMemory(): void {
  const heaps: Record<string, number> = {};
  const channel = new BroadcastChannel(WORKER_HEAP);
  channel.onmessage = (event) => {
    const { thread, used: bytes } = (event as { readonly data: HeapReport }).data;
    heaps[String(thread)] = bytes;
  };
  setInterval(() => {
    const main = usedHeap();
    channel.postMessage('report');
    setTimeout(() => {
      const second = (clock.now() - started) / 1e9;
      const figures = [rtt, lateness, inTime].reduce((sum, column) => sum + column.bytes(), 0);
      memory.push({ second, rss: process.memoryUsage.rss() - figures, main, heaps: { ...heaps } });
    }, ANSWER_MS);
  }, options.memoryEveryMs);
}
