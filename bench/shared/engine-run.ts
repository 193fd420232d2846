/**
 * One run of one probe in a process of its own, through the engine that a real run uses. argv[2] is an EngineRunOptions as JSON; a line
 * `{"started": …}` says when the schedule began; when standard input ends the schedule ends, and the EngineRun follows as one line.
 */

import { BroadcastChannel } from 'node:worker_threads';
import { probes } from '../../probes/index.ts';
import { createAnalysis } from '../../src/analysis/analysis.ts';
import { openEngine } from '../../src/engine/engine.ts';
import type { LatencySummary, Outage } from '../../src/model/analysis.ts';
import type { RunEvent } from '../../src/model/event.ts';
import type { Phase } from '../../src/model/phase.ts';
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
  /** The probe's kind, and its settings as in a scenario. */
  readonly kind: string;
  readonly config: object;
  /** The main thread is held 200 ms in every 300. */
  readonly held: boolean;
  /** Samples due in the first part count for losses only: the compiler is at work. It is the baseline of an analysis. */
  readonly warmUpMs: number;
  /** Fold the samples as a run does instead of keeping each latency; needed for outages, and for long runs. */
  readonly analyse: boolean;
  /** How often memory is looked at; 0 never. */
  readonly memoryEveryMs: number;
  /** Bring every row that is due after warming up. */
  readonly rows: boolean;
};

export type EngineRun = {
  readonly engine: string | null;
  /** Of all answers, also those whose latency the report would leave out as disturbed; µs. Empty when analysed. */
  readonly latencyUs: { readonly p50: number; readonly p99: number };
  /** Sent − due, µs. */
  readonly latenessUs: { readonly p50: number; readonly p99: number; readonly max: number };
  /** CPU time per attempt, µs: of the measuring thread or child; all that the process (and child) used more than when idle; and all that it used. */
  readonly cpuUs: { readonly measuring: number; readonly process: number; readonly whole: number };
  /** Attempts a second that left in time, and share of one core that the measuring thread or child took. */
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
  /** What the report says of each target after warming up; empty without an analysis. */
  readonly reported: readonly Reported[];
  readonly rows: readonly RowTimes[];
  readonly memory: readonly MemorySample[];
};

/** From the sending, and from the due time; null where nothing may be judged by. `AtMost`: with the answers that a stall of ours disturbed; null without. */
export type Reported = {
  readonly latency: LatencySummary | null;
  readonly latencyAtMost: LatencySummary | null;
  readonly response: LatencySummary | null;
  readonly responseAtMost: LatencySummary | null;
};

/** Run ns. `sent` is null where it was not sent in time, `latency` (from the sending on) where there was no answer. */
export type RowTimes = {
  readonly due: number;
  readonly sent: number | null;
  readonly latency: number | null;
};

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
const ALWAYS = [{ start: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY }];
const options = JSON.parse(process.argv[2] ?? '{}') as EngineRunOptions;
const probe = probes.find(({ kind }) => kind === options.kind);
if (probe === undefined) throw new Error(`no probe ${options.kind}`);
const config = probe.config.parse(options.config);
const targets = probe.targets(config);
const clock = runClock(dropAnchor());
const plan = { name: 'bench', kind: options.kind, control: false, targets, engine: null };
const analysis = options.analyse
  ? createAnalysis({ run: '', scenario: '', probes: [plan], steps: [], objectives: [] })
  : null;

const counts = { ok: 0, lost: 0, failed: 0, unsent: 0 };
const account = createRowAccount(targets);
const [latencies, lateness, inTime] = [
  createNumberColumn(),
  createNumberColumn(),
  createNumberColumn(),
];
const rows: RowTimes[] = [];
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
    const latency = batch.latency[row] ?? Number.NaN;
    if (options.rows && due >= warmAt) {
      rows.push({
        due,
        sent: outcome === 'unsent' ? null : orNull(sent),
        latency: orNull(latency),
      });
    }
    if (analysis !== null || due < warmAt) continue;
    if (!Number.isNaN(sent)) {
      lateness.add((sent - due) / 1000);
      if (outcome !== 'unsent') inTime.add(sent);
    }
    if (outcome === 'ok') latencies.add(latency / 1000);
  }
};

const orNull = (value: number) => (Number.isNaN(value) ? null : value);

const engine = await openEngine(
  [{ name: 'bench', ...(await probe.worker(config)), config, targets }],
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
const phase = (name: Phase, what: 'start' | 'end', at: number) => {
  const subject = { kind: 'phase', name, uid: null };
  const nothing = { end: null, probe: null, target: null, serverTime: null };
  const event: RunEvent = { kind: 'phase', at, subject, what, detail: {}, ...nothing };
  analysis?.event(event);
};
const started = engine.start();
phase('baseline', 'start', started);
const note: Started = { started, anchorNs: String(clock.anchor.monotonicNs) };
console.log(JSON.stringify(note));
const stdinEnded = new Promise((resolve) => process.stdin.resume().once('end', resolve));
const release = options.held ? holdMainThread() : () => undefined;
if (options.memoryEveryMs > 0) watchMemory();
await pause(options.warmUpMs);
warmAt = clock.now();
phase('baseline', 'end', warmAt);
phase('upgrade', 'start', warmAt);
const from = read();
await stdinEnded;
const to = read();
release();
const stopping = clock.now();
await engine.stop();
// Until its worker hears of the end it goes on: what it made by then has rows, and was due.
const ended = { from: stopping, to: clock.now() };
phase('upgrade', 'end', ended.to);

const work = used(from, to);
const attempts = inTime.values().filter((sent) => sent >= from.at && sent < to.at).length;
const finished = analysis?.finish({ complete: false }) ?? null;
const blind = finished?.blind ?? [];
const values = latencies.values();
const late = lateness.values();
const run: EngineRun = {
  engine: engine.engines.get('bench') ?? null,
  latencyUs: { p50: quantile(values, 0.5), p99: quantile(values, 0.99) },
  latenessUs: { p50: quantile(late, 0.5), p99: quantile(late, 0.99), max: quantile(late, 1) },
  cpuUs: {
    measuring: work.measuring / attempts / 1000,
    process: (work.all - (idle.all / idle.ns) * work.ns) / attempts / 1000,
    whole: work.all / attempts / 1000,
  },
  rate: attempts / (work.ns / 1e9),
  coreShare: work.measuring / work.ns,
  // Without an analysis nobody says when it was blind.
  sum: account.finish(started, ended, analysis === null ? ALWAYS : blind),
  ...counts,
  flagged,
  blindMs: blind.reduce((sum, { start, end }) => sum + (end - start), 0) / 1e6,
  seconds: (to.at - started) / 1e9,
  outages: finished?.probes[0]?.targets[0]?.outages ?? [],
  reported:
    finished?.probes[0]?.targets.map(({ latency, latencyAtMost, requests }) => {
      return {
        latency: latency.upgrade,
        latencyAtMost: latencyAtMost.upgrade,
        response: requests?.response.upgrade ?? null,
        responseAtMost: requests?.responseAtMost.upgrade ?? null,
      };
    }) ?? [],
  rows,
  memory,
};
process.stdout.write(`${JSON.stringify(run)}\n`, () => process.exit(0));

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
      const figures = [latencies, lateness, inTime].reduce(
        (sum, column) => sum + column.bytes(),
        0,
      );
      memory.push({ second, rss: process.memoryUsage.rss() - figures, main, heaps: { ...heaps } });
    }, ANSWER_MS);
  }, options.memoryEveryMs);
}
