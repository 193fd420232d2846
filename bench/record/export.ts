import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InfluxDB, Point } from '@influxdata/influxdb-client';
import type { RunEvent } from '../../src/model/event.ts';
import type { RunPlan } from '../../src/model/plan.ts';
import { OUTCOMES, REASONS, type SampleBatch } from '../../src/model/sample.ts';
import { silentLogger } from '../../src/platform/log.ts';
import { openRunExport } from '../../src/recorder/influx/export-run.ts';
import { createRunFile } from '../../src/recorder/run-file.ts';
import { missingStore, startVictoriaMetrics } from '../../test/real/fixtures/store-process.ts';
import { markdownTable } from '../shared/markdown-table.ts';
import type { MustHold } from '../shared/must-hold.ts';
import { quantile } from '../shared/quantiles.ts';
import type { BenchOptions } from '../shared/run-bench.ts';

const SAMPLES = 1_000_000;
const TARGETS = 100;
const INTERVAL_NS = 50e6;
const BATCH_ROWS = 4096;
const BATCH_POINTS = 10_000;
const MUST_POINTS_PER_S = 150_000;
/** From the first to the last sample, and a little. */
const LASTS_S = Math.ceil(((SAMPLES / TARGETS) * INTERVAL_NS) / 1e9) + 1;
const ANCHOR = { monotonicNs: 0n, wallNs: 1_795_403_686_000_000_001n };
const STORE = { org: 'ops', bucket: 'upgrades', token: 'any' };

type Exported = {
  readonly pointsPerS: number;
  readonly cpuUs: number;
  /** Samples that the store does not hold afterwards. */
  readonly missing: number;
};

/**
 * `rollproof export` of a recorded run to VictoriaMetrics, beside @influxdata/influxdb-client given the same points: its `Point` and `WriteApi`, from samples
 * that lie ready in memory, where ours come from the run file. A fresh store for each; both are counted in it.
 */
export async function measureExport({ rounds }: BenchOptions): Promise<readonly MustHold[]> {
  const why = missingStore('victoria-metrics');
  if (why !== null) throw new Error(why);
  const folder = mkdtempSync(join(tmpdir(), 'rollproof-bench-'));
  try {
    const batches = Array.from({ length: Math.ceil(SAMPLES / BATCH_ROWS) }, (_, nth) =>
      batchFrom(nth * BATCH_ROWS, Math.min(BATCH_ROWS, SAMPLES - nth * BATCH_ROWS)),
    );
    const path = join(folder, 'run.duckdb');
    await record(path, batches);
    const ours: Exported[] = [];
    const client: Exported[] = [];
    for (let round = 0; round < rounds; round++) {
      ours.push(await measured((url) => exportRun(path, url)));
      client.push(await measured((url) => writeByClient(batches, url)));
    }
    const rate = (all: readonly Exported[]) =>
      quantile(
        all.map(({ pointsPerS }) => pointsPerS),
        0.5,
      );
    const cpu = (all: readonly Exported[]) =>
      quantile(
        all.map(({ cpuUs }) => cpuUs),
        0.5,
      );
    const ratio = quantile(
      ours.map(({ pointsPerS }, round) => pointsPerS / (client[round]?.pointsPerS ?? Number.NaN)),
      0.5,
    );
    const lost = (all: readonly Exported[]) => all.map(({ missing }) => count(missing)).join(', ');
    const count = (value: number) => Math.round(value).toLocaleString('en-US');
    console.log(`\n## Export of ${count(SAMPLES)} samples to VictoriaMetrics\n`);
    console.log(
      markdownTable([
        ['', 'points/s', 'ratio', 'CPU a point, µs', 'missing'],
        ['rollproof export', count(rate(ours)), ratio.toFixed(2), cpu(ours).toFixed(2), lost(ours)],
        ['influxdb-client', count(rate(client)), '1.00', cpu(client).toFixed(2), lost(client)],
      ]),
    );
    return [
      {
        what: `export of ${count(MUST_POINTS_PER_S)} points/s to VictoriaMetrics`,
        figure: `${count(rate(ours))} points/s, ${ratio.toFixed(2)} of influxdb-client's`,
        holds: rate(ours) >= MUST_POINTS_PER_S,
      },
      {
        what: 'the store holds every sample that was exported',
        figure: `${lost(ours)} missing, by round`,
        holds: ours.every(({ missing }) => missing === 0),
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Lets `write` fill a fresh store, and counts what it holds afterwards. */
async function measured(write: (url: string) => Promise<void>): Promise<Exported> {
  const store = await startVictoriaMetrics();
  try {
    const before = process.cpuUsage();
    const begun = performance.now();
    await write(store.url);
    const seconds = (performance.now() - begun) / 1000;
    const { user, system } = process.cpuUsage(before);
    const held = await settledCount(store.url);
    const cpuUs = (user + system) / SAMPLES;
    return { pointsPerS: SAMPLES / seconds, cpuUs, missing: SAMPLES - held };
  } finally {
    await store.stop();
  }
}

/** How many samples the store holds, once it shows all of them or for so long no more: on a busy machine new series are found some while after they were written. */
const SETTLED_S = 30;

async function settledCount(url: string): Promise<number> {
  const end = Number(ANCHOR.wallNs / 1_000_000_000n) + LASTS_S;
  const query = new URLSearchParams({
    query: `sum(count_over_time(rollproof_attempt_seq[${String(LASTS_S + 1)}s]))`,
    time: String(end),
    nocache: '1',
  });
  let held = 0;
  for (let tries = 0; tries < SETTLED_S && held !== SAMPLES; tries++) {
    if (tries > 0) await new Promise((resolve) => setTimeout(resolve, 1000));
    await fetch(`${url}/internal/force_flush`);
    const answer = await fetch(`${url}/api/v1/query?${query.toString()}`);
    const { data } = (await answer.json()) as {
      data: { result: readonly { value: readonly [number, string] }[] };
    };
    held = Number(data.result[0]?.value[1] ?? 0);
  }
  return held;
}

async function exportRun(path: string, url: string): Promise<void> {
  const { exporter, close } = await openRunExport(
    path,
    { url, ...STORE },
    {},
    {
      batchPoints: BATCH_POINTS,
      log: silentLogger,
    },
  );
  await exporter.restart();
  await exporter.send(new AbortController().signal);
  const { recorded, accepted } = await exporter.account();
  await close();
  if (accepted !== recorded) throw new Error(`${String(accepted)} of ${String(recorded)} accepted`);
}

/**
 * Batches of the size that ours have. Each is waited for: given a million points at once it opens a connection a batch, and then drops what timed
 * out when it is closed (seen here: 24,388 of them).
 */
async function writeByClient(batches: readonly SampleBatch[], url: string): Promise<void> {
  const { org, bucket, token } = STORE;
  const api = new InfluxDB({ url, token }).getWriteApi(org, bucket, 'ns', {
    // It sends by itself when its buffer is full; here flush() does.
    batchSize: BATCH_POINTS + 1,
    maxBufferLines: SAMPLES,
    flushInterval: 0,
  });
  let written = 0;
  for (const batch of batches) {
    for (let row = 0; row < batch.count; row++) {
      const due = batch.due[row] ?? 0;
      const sent = batch.sent[row] ?? Number.NaN;
      const latency = batch.latency[row] ?? Number.NaN;
      const reason = REASONS[batch.reason[row] ?? 0] ?? 'none';
      const point = new Point('rollproof_attempt')
        .tag('run', PLAN.run)
        .tag('scenario', PLAN.scenario)
        .tag('probe', 'vm')
        .tag('target', nameOf(batch.target[row] ?? 0))
        .tag('outcome', OUTCOMES[batch.outcome[row] ?? 0] ?? '')
        .tag('phase', 'baseline')
        .intField('seq', batch.seq[row] ?? 0)
        .timestamp(String(ANCHOR.wallNs + BigInt(Math.round(due))));
      if (!Number.isNaN(sent)) point.intField('send_delay_ns', sent - due);
      if (!Number.isNaN(latency)) point.intField('latency_ns', latency);
      if (reason !== 'none') point.stringField('reason', reason);
      api.writePoint(point);
      if (++written % BATCH_POINTS === 0) await api.flush();
    }
  }
  await api.close();
}

function nameOf(target: number): string {
  return `10.0.0.${String(target)}`;
}

const PLAN: RunPlan = {
  run: '2026-11-25T00-00-00Z-bench',
  scenario: 'bench',
  probes: [
    {
      name: 'vm',
      kind: 'icmp',
      control: false,
      engine: null,
      targets: Array.from({ length: TARGETS }, (_, target) => ({
        name: nameOf(target),
        intervalNs: INTERVAL_NS,
        timeoutNs: 1e9,
        offsetNs: 0,
      })),
    },
  ],
  steps: [],
  objectives: [],
};

/** Samples from number `first` on: each target in turn, every 500th lost, latencies that do not repeat. */
function batchFrom(first: number, count: number): SampleBatch {
  const of = <T>(value: (nth: number) => T) =>
    Array.from({ length: count }, (_, row) => value(first + row));
  const lost = (nth: number) => nth % 500 === 499;
  const due = (nth: number) => Math.floor(nth / TARGETS) * INTERVAL_NS;
  return {
    probe: 'vm',
    count,
    target: Uint16Array.from(of((nth) => nth % TARGETS)),
    seq: Uint32Array.from(of((nth) => Math.floor(nth / TARGETS))),
    due: Float64Array.from(of(due)),
    sent: Float64Array.from(of((nth) => due(nth) + ((nth * 7919) % 900_000))),
    latency: Float64Array.from(
      of((nth) => (lost(nth) ? Number.NaN : 200_000 + ((nth * 104_729) % 500_000))),
    ),
    outcome: Uint8Array.from(of((nth) => OUTCOMES.indexOf(lost(nth) ? 'lost' : 'ok'))),
    reason: Uint8Array.from(of((nth) => REASONS.indexOf(lost(nth) ? 'timeout' : 'none'))),
    flags: new Uint8Array(count),
    details: new Map(),
    timings: null,
  };
}

async function record(path: string, batches: readonly SampleBatch[]): Promise<void> {
  const file = await createRunFile(
    path,
    { plan: PLAN, anchor: ANCHOR, rollproofVersion: 'bench' },
    (error) => {
      throw error;
    },
  );
  const start: RunEvent = {
    kind: 'phase',
    what: 'start',
    at: 0,
    end: null,
    probe: null,
    target: null,
    subject: { kind: 'phase', name: 'baseline', uid: null },
    serverTime: null,
    detail: {},
  };
  file.event(start);
  for (const batch of batches) {
    file.samples(batch);
    await file.flush();
  }
  await file.end({ at: 1, ending: 'complete', why: null });
}
