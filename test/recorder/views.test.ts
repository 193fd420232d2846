import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect } from 'chai';
import fc from 'fast-check';
import { createAnalysis } from '../../src/analysis/analysis.ts';
import type { RunAnalysis } from '../../src/model/analysis.ts';
import { PHASES } from '../../src/model/phase.ts';
import { batchOf } from '../../src/model/sample-batch.ts';
import { createRunFile } from '../../src/recorder/run-file.ts';
import { CASE_NAMES, type Case, readCase } from '../cases/read-case.ts';
import { phaseEvents, samplesOf } from '../model/run-text.ts';
import { META, scratch } from './recorded.ts';

type Recorded = Pick<Case, 'plan' | 'events' | 'batches' | 'complete'>;

function analyse({ plan, events, batches, complete }: Recorded): RunAnalysis {
  const analysis = createAnalysis(plan);
  for (const event of events) analysis.event(event);
  for (const batch of batches) analysis.samples(batch);
  return analysis.finish({ complete });
}

/** Records the run and asks it; rows as objects, whole numbers as numbers. */
async function ask(path: string, run: Recorded, ...statements: string[]) {
  await record(path, run);
  return await askFile(path, ...statements);
}

async function record(path: string, { plan, events, batches }: Recorded): Promise<void> {
  const file = await createRunFile(path, { ...META, plan }, (error) => {
    throw error;
  });
  for (const event of events) file.event(event);
  for (const batch of batches) file.samples(batch);
  await file.close();
}

async function askFile(path: string, ...statements: string[]) {
  const instance = await DuckDBInstance.create(path, { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  const answers: Record<string, unknown>[][] = [];
  for (const statement of statements) {
    const rows = (await connection.runAndReadAll(statement)).getRowObjects();
    answers.push(
      rows.map((row) =>
        Object.fromEntries(
          Object.entries(row).map(([key, value]) => [
            key,
            typeof value === 'bigint' ? Number(value) : value,
          ]),
        ),
      ),
    );
  }
  connection.closeSync();
  instance.closeSync();
  return answers;
}

const runNs = (column: string) =>
  `epoch_ns(${column}) - ${String(META.anchor.wallNs)} AS ${column}`;
const OUTAGES = `SELECT probe, target, ${runNs('first')}, ${runNs('last')}, at_least_ms, at_most_ms, samples, reason, phase, open
  FROM outages ORDER BY ALL`;
const LATENCY = `SELECT * FROM latency_by_phase`;

function outagesOf({ probes }: RunAnalysis) {
  const ms = (ns: number | null) => (ns === null ? null : ns / 1e6);
  return probes.flatMap((probe) =>
    probe.targets.flatMap((target) =>
      target.outages.map((outage) => ({
        probe: probe.name,
        target: target.name,
        first: outage.start,
        last: outage.end,
        at_least_ms: ms(outage.atLeastNs),
        at_most_ms: ms(outage.atMostNs),
        samples: outage.samples,
        reason: outage.reason,
        phase: outage.phase,
        open: outage.open,
      })),
    ),
  );
}

/** Percentiles of the analysis come from a histogram: to 64 ns or 3 digits. */
function expectLatency(asked: readonly Record<string, unknown>[], { probes }: RunAnalysis) {
  let found = 0;
  for (const probe of probes) {
    for (const target of probe.targets) {
      for (const phase of PHASES) {
        const row = asked.find(
          (one) =>
            one['probe'] === probe.name && one['target'] === target.name && one['phase'] === phase,
        );
        const { [phase]: summary } = target.latency;
        const where = `${probe.name} ${target.name} ${phase}`;
        expect(row === undefined, where).to.equal(summary === null);
        if (row === undefined || summary === null) continue;
        found++;
        expect(row['count'], where).to.equal(summary.count);
        for (const key of ['min', 'mean', 'p50', 'p90', 'p99', 'p999', 'max'] as const) {
          const [seen, folded] = [Number(row[`${key}_ms`]) * 1e6, summary[key]];
          expect(seen, `${where} ${key}`).to.be.closeTo(folded, 64 + folded / 1000);
        }
      }
    }
  }
  expect(asked).to.have.lengthOf(found);
}

describe('views of the run file', () => {
  const folder = scratch();

  for (const name of CASE_NAMES) {
    it(`say of outages and latency what the analysis says: ${name}`, async () => {
      const run = readCase(name);
      const analysis = analyse(run);
      const [outages = [], latency = []] = await ask(
        join(folder(), 'run.duckdb'),
        run,
        OUTAGES,
        LATENCY,
      );
      expect(outages).to.have.deep.members(outagesOf(analysis));
      expectLatency(latency, analysis);
    });
  }

  it('say so of any run: unsent, late and missing attempts, several reasons, any order of recording', async () => {
    const letters = fc.string({
      unit: fc.constantFrom('.', '.', '.', 'd', 'r', 'x', 'x', 'f', '-', 'l', '~'),
      maxLength: 40,
    });
    const runs = fc
      .array(fc.tuple(letters, fc.nat(50)), { minLength: 60, maxLength: 60 })
      .chain((targets) => {
        const samples = targets.flatMap(([text, latencyMs], target) =>
          samplesOf(text, { intervalMs: 100, latencyMs, target }),
        );
        return fc.tuple(
          fc.constant(targets.length),
          fc.shuffledSubarray(samples, { minLength: samples.length }),
        );
      });
    await fc.assert(
      fc.asyncProperty(runs, async ([count, samples]) => {
        const target = (_: unknown, index: number) => ({
          name: String(index),
          intervalNs: 100e6,
          timeoutNs: 1e9,
          offsetNs: 0,
        });
        const targets = Array.from({ length: count }, target);
        const run: Recorded = {
          plan: {
            ...META.plan,
            probes: [{ name: 'vm', kind: 'icmp', control: false, engine: null, targets }],
          },
          events: phaseEvents('1s', '2s', '3s'),
          batches: [batchOf('vm', samples)],
          complete: true,
        };
        const analysis = analyse(run);
        const path = join(folder(), `${String(Math.random())}.duckdb`);
        const [outages = [], latency = []] = await ask(path, run, OUTAGES, LATENCY);
        expect(outages).to.have.deep.members(outagesOf(analysis));
        expectLatency(latency, analysis);
      }),
      { numRuns: 8 },
    );
  });

  it('tell in one list, by time, what happened, was out and was not sent', async () => {
    const [timeline = []] = await ask(
      join(folder(), 'run.duckdb'),
      readCase('unsent-inside-an-outage'),
      `SELECT ${runNs('time')}, ${runNs('until')}, kind, what, subject, target, detail FROM timeline`,
    );
    const lines = timeline.map(({ time, until, kind, what, subject, target, detail }) =>
      [
        Number(time) / 1e6,
        until === null ? '' : Number(until) / 1e6,
        ...[kind, what, subject, target, detail],
      ]
        .filter((cell) => cell !== null && cell !== '' && cell !== '{}')
        .join(' '),
    );
    expect(lines).to.deep.equal([
      '0 phase start baseline',
      '1000 phase end baseline',
      '1000 phase start upgrade',
      '1000 1100 unsent verifier-stalled a',
      '1100 1500 outage timeout a {"atLeastMs":100.0,"atMostMs":802.0,"samples":3,"open":false}',
      '1300 1500 unsent verifier-stalled a',
      '1600 1700 unsent verifier-stalled a',
      '2000 phase end upgrade',
      '2000 phase start settle',
      '3000 phase end settle',
    ]);
  });

  it('are found whatever the file is called', async () => {
    const path = join(folder(), 'kept for the "audit".db');
    await record(join(folder(), 'run.duckdb'), readCase('nothing-lost'));
    renameSync(join(folder(), 'run.duckdb'), path);
    const [rows] = await askFile(
      path,
      'SELECT (SELECT count(*) FROM attempts) > 0 AS some, (SELECT count(*) FROM outages) AS out',
    );
    expect(rows).to.deep.equal([{ some: true, out: 0 }]);
  });
});
