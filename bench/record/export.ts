import { join } from 'node:path';
import { InfluxDB, Point } from '@influxdata/influxdb-client';
import { PHASES } from '../../src/model/phase.ts';
import { OUTCOMES, REASONS, type SampleBatch } from '../../src/model/sample.ts';
import { silentLogger } from '../../src/platform/log.ts';
import { openRunExport } from '../../src/recorder/influx/export-run.ts';
import { missingStore, startVictoriaMetrics } from '../../test/real/fixtures/store-process.ts';
import { markdownTable } from '../shared/markdown-table.ts';
import type { MustHold } from '../shared/must-hold.ts';
import { quantile } from '../shared/quantiles.ts';
import type { BenchOptions } from '../shared/run-bench.ts';
import { ANCHOR, PHASE_NS, recordFile } from './recorded-file.ts';
import { BATCH_ROWS, planOf, sampleSource } from './sample-source.ts';
import { inScratch } from './scratch.ts';

/** Whole batches of the source: about a million. */
const SAMPLES = 250 * BATCH_ROWS;
const TARGETS = 100;
const BATCH_POINTS = 10_000;
const MUST_POINTS_PER_S = 150_000;
/** From the anchor to the last sample, and a little. */
const LASTS_S = 2100;
const PLAN = planOf(TARGETS);
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
  return await inScratch(async (folder) => {
    const path = join(folder, 'run.duckdb');
    await recordFile(path, TARGETS, SAMPLES);
    const next = sampleSource(TARGETS);
    const batches = Array.from({ length: SAMPLES / BATCH_ROWS }, next);
    const ours: Exported[] = [];
    const client: Exported[] = [];
    for (let round = 0; round < rounds; round++) {
      ours.push(await measured((url) => exportRun(path, url)));
      client.push(await measured((url) => writeByClient(batches, url)));
    }
    return compared(ours, client);
  });
}

function compared(ours: readonly Exported[], client: readonly Exported[]): readonly MustHold[] {
  const median = (values: readonly number[]) => quantile(values, 0.5);
  const count = (value: number) => Math.round(value).toLocaleString('en-US');
  const rate = (all: readonly Exported[]) => median(all.map(({ pointsPerS }) => pointsPerS));
  const cpu = (all: readonly Exported[]) => median(all.map(({ cpuUs }) => cpuUs)).toFixed(2);
  const missing = (all: readonly Exported[]) => all.map((one) => count(one.missing)).join(', ');
  const ratio = median(
    ours.map(({ pointsPerS }, round) => pointsPerS / (client[round]?.pointsPerS ?? Number.NaN)),
  ).toFixed(2);
  console.log(`\n## Export of ${count(SAMPLES)} samples to VictoriaMetrics\n`);
  console.log(
    markdownTable([
      ['', 'points/s', 'ratio', 'CPU a point, µs', 'missing, by round'],
      ['rollproof export', count(rate(ours)), ratio, cpu(ours), missing(ours)],
      ['influxdb-client', count(rate(client)), '1.00', cpu(client), missing(client)],
    ]),
  );
  return [
    {
      what: `export of ${count(MUST_POINTS_PER_S)} points/s to VictoriaMetrics`,
      figure: `${count(rate(ours))} points/s, ${ratio} of influxdb-client's`,
      holds: rate(ours) >= MUST_POINTS_PER_S,
    },
    {
      what: 'the store holds every sample that was exported',
      figure: `${missing(ours)} missing, by round`,
      holds: ours.every((one) => one.missing === 0),
    },
  ];
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
        .tag('target', PLAN.probes[0]?.targets[batch.target[row] ?? 0]?.name ?? '')
        .tag('outcome', OUTCOMES[batch.outcome[row] ?? 0] ?? '')
        .tag('phase', PHASES[Math.min(2, Math.floor(due / PHASE_NS))] ?? '')
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
