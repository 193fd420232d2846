import { DuckDBInstance } from '@duckdb/node-api';
import type { RunEvent } from '../../../src/model/event.ts';
import type { Sample } from '../../../src/model/sample.ts';
import { batchOf } from '../../../src/model/sample-batch.ts';
import { silentLogger } from '../../../src/platform/log.ts';
import { type Exporter, openExporter } from '../../../src/recorder/influx/exporter.ts';
import { influxStore } from '../../../src/recorder/influx/store.ts';
import { createRunFile } from '../../../src/recorder/run-file.ts';
import { event, META, sample } from '../recorded.ts';
import { BUCKET, type FakeInflux } from './fake-influx.ts';
import type { StoredPoint } from './line-parser.ts';

const MS = 1_000_000;

/** When each phase of the recorded run begins and its last ends, and its only step: run ns. */
const PHASES = { baseline: 0, upgrade: 2000 * MS, settle: 6000 * MS } as const;
const END = 8000 * MS;
const STEP = { name: "roll 'keystone', all = 3", from: 2500 * MS, to: 5500 * MS };

function boundary(kind: 'phase' | 'step', name: string, what: string, at: number): RunEvent {
  return event({ kind, what, at, subject: { kind, name, uid: null } });
}

/** A run with everything that a sample and an event can be, of `perTarget` samples for each of three targets. */
export function madeRun(perTarget: number): {
  readonly samples: readonly { readonly probe: string; readonly sample: Sample }[];
  readonly events: readonly RunEvent[];
} {
  const interval = END / perTarget;
  const samples = ['vm/0', 'vm/1', 'gate/0'].flatMap((which) =>
    Array.from({ length: perTarget }, (_, seq) => {
      const [probe = '', target = ''] = which.split('/');
      const due = Math.round(seq * interval);
      const base = { target: Number(target), seq, due, sent: due + 1000 + seq };
      return { probe, sample: sample({ ...base, ...kindOf(seq, due) }) };
    }),
  );
  const events = [
    boundary('phase', 'baseline', 'start', PHASES.baseline),
    ...Array.from({ length: 40 }, (_, nth) =>
      event({
        kind: 'pod',
        at: 100 * MS + 77,
        probe: 'pods',
        subject: { kind: 'Pod', name: `keystone-api-${String(nth)}`, uid: `u${String(nth)}` },
        what: nth % 2 === 0 ? 'seen' : 'ready',
        serverTime: '2026-11-23T03:14:46Z',
        detail: { image: 'kolla/keystone:2025.1', atStart: true },
      }),
    ),
    boundary('phase', 'baseline', 'end', PHASES.upgrade),
    boundary('phase', 'upgrade', 'start', PHASES.upgrade),
    boundary('step', STEP.name, 'start', STEP.from),
    event({ kind: 'blind', at: 3000 * MS, end: 3100 * MS, probe: 'vm', what: 'verifier-stalled' }),
    boundary('step', STEP.name, 'end', STEP.to),
    boundary('phase', 'upgrade', 'end', PHASES.settle),
    boundary('phase', 'settle', 'start', PHASES.settle),
    boundary('phase', 'settle', 'end', END),
  ];
  return { samples, events };
}

function kindOf(seq: number, due: number): Partial<Sample> {
  switch (seq % 11) {
    case 3:
      return { outcome: 'lost', reason: 'timeout', latency: null };
    case 5:
      return {
        outcome: 'failed',
        reason: 'http-5xx',
        detail: 'HTTP 503, "no server is\navailable" \\',
      };
    case 7:
      return { outcome: 'unsent', reason: 'late', sent: null, latency: null };
    case 8:
      return { flags: 2 };
    case 9:
      return { flags: 3, latency: 5_000_000 + seq };
    case 10:
      return {
        latency: 4_000_000,
        timings: {
          dns: seq % 3 === 0 ? 12_345 : null,
          connect: 200_000 + seq,
          tls: seq % 2 === 0 ? null : 1_500_000,
          firstByte: 900,
        },
      };
    default:
      return { latency: 250_000 + (due % 977) };
  }
}

/** Records a made run; resolves when it is on disk and closed. */
export async function recordRun(path: string, run: ReturnType<typeof madeRun>): Promise<void> {
  const file = await createRunFile(path, META, (error) => {
    throw error;
  });
  for (const happened of run.events) file.event(happened);
  for (const probe of ['vm', 'gate']) {
    file.samples(
      batchOf(
        probe,
        run.samples.filter((one) => one.probe === probe).map(({ sample: one }) => one),
      ),
    );
  }
  await file.end({ at: END, ending: 'complete', why: null });
}

/** The points that the store must hold for a made run: written out here, by the documentation and not by the exporter's code. */
export function expectedPoints(run: ReturnType<typeof madeRun>): readonly StoredPoint[] {
  const { plan, anchor } = META;
  const common = { run: plan.run, scenario: plan.scenario };
  const point = (
    measurement: string,
    tags: Record<string, string | null>,
    fields: Record<string, string | null>,
    time: bigint,
  ): StoredPoint => {
    const all = present({ ...common, ...tags });
    const tagTexts = Object.entries(all).map(([key, value]) => `${key}=${value}`);
    const series = JSON.stringify([measurement, ...tagTexts.sort()]);
    return { measurement, series, tags: all, fields: present(fields), time: String(time) };
  };
  const text = (value: string) =>
    `"${value.replaceAll('\n', ' ').replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  const int = (value: number | null) => (value === null ? null : `${String(value)}i`);
  const momentAt = (at: number) => ({
    phase:
      [null, 'settle', 'upgrade', 'baseline'][
        [END, PHASES.settle, PHASES.upgrade, PHASES.baseline].findIndex((start) => at >= start)
      ] ?? null,
    step: at >= STEP.from && at <= STEP.to ? STEP.name : null,
  });
  const samples = run.samples.map(({ probe, sample: one }) => {
    const target = plan.probes.find(({ name }) => name === probe)?.targets[one.target]?.name ?? '';
    const fields = {
      seq: int(one.seq),
      send_delay_ns: int(one.sent === null ? null : one.sent - one.due),
      latency_ns: int(one.flags === 0 ? one.latency : null),
      latency_at_most_ns: int(one.flags === 0 ? null : one.latency),
      dns_ns: int(one.timings?.dns ?? null),
      connect_ns: int(one.timings?.connect ?? null),
      tls_ns: int(one.timings?.tls ?? null),
      first_byte_ns: int(one.timings?.firstByte ?? null),
      late: (one.flags & 1) === 0 ? null : 't',
      disturbed: (one.flags & 2) === 0 ? null : 't',
      reason: one.reason === 'none' ? null : text(one.reason),
      detail: one.detail === null ? null : text(one.detail),
    };
    const tags = { probe, target, outcome: one.outcome, ...momentAt(one.due) };
    return point('rollproof_attempt', tags, fields, anchor.wallNs + BigInt(one.due));
  });
  const events = run.events.map((one, position) => {
    const { kind, what, at, end, probe, target, subject, serverTime, detail } = one;
    const fields = {
      text: text(`${subject?.kind ?? kind}${subject === null ? '' : ` ${subject.name}`} ${what}`),
      at_ns: int(at),
      duration_ns: int(end === null ? null : end - at),
      subject: subject === null ? null : text(subject.name),
      subject_kind: subject === null ? null : text(subject.kind),
      server_time: serverTime === null ? null : text(serverTime),
      detail: Object.keys(detail).length === 0 ? null : text(JSON.stringify(detail)),
    };
    const wall = anchor.wallNs + BigInt(at);
    const time = wall - (wall % 1_000_000n) + BigInt(position % 1_000_000);
    const own = kind === 'phase' || kind === 'step' ? { [kind]: subject?.name ?? null } : {};
    const tags = { kind, what, probe, target, ...momentAt(at), ...own };
    return point('rollproof_event', tags, fields, time);
  });
  return [...samples, ...events];
}

function present(all: Readonly<Record<string, string | null>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(all).flatMap(([key, value]) => (value === null ? [] : [[key, value]])),
  );
}

export type OpenExport = {
  readonly exporter: Exporter;
  /** How long each wait was, ms: it is over at once. */
  readonly waits: number[];
  readonly close: () => Promise<void>;
};

/** Exports a recorded run to a fake; nothing is waited for. `onWait` is called in the place of each wait. */
export async function openExport(
  path: string,
  fake: Pick<FakeInflux, 'url' | 'org' | 'token'>,
  onWait: (nth: number) => unknown = () => undefined,
  batchPoints = 500,
): Promise<OpenExport> {
  const waits: number[] = [];
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  const { url, org, token } = fake;
  const store = influxStore({ url, org, bucket: BUCKET, token }, {});
  const exporter = await openExporter(connection, META, store, {
    batchPoints,
    log: silentLogger,
    random: () => 0.5,
    wait: async (ms) => {
      waits.push(ms);
      await onWait(waits.length);
    },
  });
  const close = async () => {
    await store.close();
    connection.closeSync();
    instance.closeSync();
  };
  return { exporter, waits, close };
}
