import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunMeta, SampleReader } from '../../src/contracts/samples.ts';
import type { RunEvent } from '../../src/model/event.ts';
import type { PlannedTarget } from '../../src/model/plan.ts';
import type { Sample } from '../../src/model/sample.ts';
import { rowOf } from '../../src/model/sample-batch.ts';

export function target(name: string): PlannedTarget {
  return { name, intervalNs: 1e9 / 30, timeoutNs: 1e9, offsetNs: 0 };
}

export const META: Omit<RunMeta, 'ended'> = {
  plan: {
    run: '2026-11-23T03-14-46Z-roll',
    scenario: 'roll',
    probes: [
      {
        name: 'vm',
        kind: 'icmp',
        control: false,
        targets: [target('10.0.0.5'), target('10.0.0.6')],
        engine: 'net-ping, raw socket',
      },
      { name: 'gate', kind: 'icmp', control: true, targets: [target('10.0.0.1')], engine: null },
      { name: 'pods', kind: 'pods', control: false, targets: [], engine: null },
    ],
    steps: [{ name: "roll 'keystone'", kind: 'setImage' }],
    objectives: ['vm.loss == 0%', 'gate.loss == 0%'],
  },
  anchor: { monotonicNs: 123_456_789_012_345n, wallNs: 1_795_403_686_000_000_001n },
  rollproofVersion: '0.1.0',
};

export function sample(over: Partial<Sample>): Sample {
  const seq = over.seq ?? 0;
  return {
    target: 0,
    seq,
    due: seq * 20_000_000,
    sent: seq * 20_000_000 + 1000,
    latency: 250_000,
    outcome: 'ok',
    reason: 'none',
    flags: 0,
    detail: null,
    timings: null,
    ...over,
  };
}

export function event(over: Partial<RunEvent>): RunEvent {
  return {
    kind: 'run',
    at: 0,
    end: null,
    probe: null,
    target: null,
    subject: null,
    what: 'noted',
    serverTime: null,
    detail: {},
    ...over,
  };
}

/** A folder of its own for each test of the surrounding suite. */
export function scratch(): () => string {
  let path = '';
  beforeEach(() => {
    path = mkdtempSync(join(tmpdir(), 'rollproof-recorder-'));
  });
  afterEach(() => {
    rmSync(path, { recursive: true, force: true });
  });
  return () => path;
}

export async function readAll(reader: SampleReader): Promise<{
  readonly events: readonly RunEvent[];
  readonly samples: readonly (Sample & { readonly probe: string })[];
  readonly batches: number;
}> {
  const events: RunEvent[] = [];
  const samples: (Sample & { probe: string })[] = [];
  let batches = 0;
  for await (const happened of reader.events()) events.push(happened);
  for await (const batch of reader.batches()) {
    batches++;
    for (let row = 0; row < batch.count; row++) {
      samples.push({ probe: batch.probe, ...rowOf(batch, row) });
    }
  }
  return { events, samples, batches };
}
