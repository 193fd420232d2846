import { statSync } from 'node:fs';
import type { RunEvent } from '../../src/model/event.ts';
import { PHASES } from '../../src/model/phase.ts';
import { createRunFile, type RunFile } from '../../src/recorder/run-file.ts';
import { planOf, sampleSource } from './sample-source.ts';

export type RecordedFile = {
  readonly rows: number;
  /** Without what it took to make the samples. */
  readonly seconds: number;
  /** Of run.duckdb, after the end. */
  readonly bytes: number;
};

export const ANCHOR = { monotonicNs: 0n, wallNs: 1_795_403_686_000_000_001n };
/** Length of the baseline and of the upgrade. */
export const PHASE_NS = 300e9;

/** Rows that may wait to be written while the next are made. */
const AHEAD_ROWS = 200_000;

/**
 * Records samples as fast as the recorder takes them. `onRows` is called now and then with the rows so far.
 */
export async function recordFile(
  path: string,
  targets: number,
  rows: number,
  onRows: (rows: number) => void = () => undefined,
): Promise<RecordedFile> {
  const next = sampleSource(targets);
  const file = await openFile(path, targets);
  let made = 0;
  let makingMs = 0;
  let waiting = 0;
  const begun = performance.now();
  while (made < rows) {
    const before = performance.now();
    const batch = next();
    makingMs += performance.now() - before;
    file.samples(batch);
    made += batch.count;
    waiting += batch.count;
    if (waiting < AHEAD_ROWS) continue;
    waiting = 0;
    await file.flush();
    onRows(made);
  }
  await file.end({ at: made, ending: 'complete', why: null });
  const seconds = (performance.now() - begun - makingMs) / 1000;
  return { rows: made, seconds, bytes: statSync(path).size };
}

/** A run file with its phases: a fifth baseline, three fifths upgrade (of ten million samples of 2,000 targets). */
export async function openFile(path: string, targets: number): Promise<RunFile> {
  const file = await createRunFile(
    path,
    { plan: planOf(targets), anchor: ANCHOR, rollproofVersion: 'bench' },
    (error) => {
      throw error;
    },
  );
  for (const [index, phase] of PHASES.entries()) file.event(phaseStart(phase, index * PHASE_NS));
  return file;
}

function phaseStart(name: string, at: number): RunEvent {
  const subject = { kind: 'phase', name, uid: null };
  const nothing = { end: null, probe: null, target: null, serverTime: null, detail: {} };
  return { kind: 'phase', at, subject, what: 'start', ...nothing };
}
