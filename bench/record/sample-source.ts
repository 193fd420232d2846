import type { RunPlan } from '../../src/model/plan.ts';
import { OUTCOMES, REASONS, type SampleBatch } from '../../src/model/sample.ts';

const INTERVAL_NS = 200e6;
const TIMEOUT_NS = 1e9;
/** Rows of a batch, as the engine's workers send them. */
export const BATCH_ROWS = 4096;

/** A plan of one probe, each target due five times a second, one after the other. */
export function planOf(targets: number): RunPlan {
  return {
    run: '2026-11-25T00-00-00Z-bench',
    scenario: 'bench',
    probes: [
      {
        name: 'vm',
        kind: 'icmp',
        control: false,
        engine: null,
        targets: Array.from({ length: targets }, (_, index) => ({
          name: `10.0.${String(index >> 8)}.${String(index & 255)}`,
          intervalNs: INTERVAL_NS,
          timeoutNs: TIMEOUT_NS,
          offsetNs: (index * INTERVAL_NS) / targets,
        })),
      },
    ],
    steps: [],
    objectives: [],
  };
}

/**
 * Samples as an ICMP probe makes them, without an end, in the order of completion but for answers that overtake each other: sent up to 1.1 ms late, answered after 250 µs in the median
 * (log-normal) to the ns; every 2,000th is lost, and for 2 s in every 60 all of a tenth of the targets. Nothing repeats, so nothing compresses better than it would in earnest.
 */
export function sampleSource(targets: number): () => SampleBatch {
  const ok = OUTCOMES.indexOf('ok');
  const lost = OUTCOMES.indexOf('lost');
  const [none, timeout] = [REASONS.indexOf('none'), REASONS.indexOf('timeout')];
  const random = randomNumbers();
  let nth = 0;
  return () => {
    const batch = {
      probe: 'vm',
      count: BATCH_ROWS,
      target: new Uint16Array(BATCH_ROWS),
      seq: new Uint32Array(BATCH_ROWS),
      due: new Float64Array(BATCH_ROWS),
      sent: new Float64Array(BATCH_ROWS),
      latency: new Float64Array(BATCH_ROWS),
      outcome: new Uint8Array(BATCH_ROWS).fill(ok),
      reason: new Uint8Array(BATCH_ROWS).fill(none),
      flags: new Uint8Array(BATCH_ROWS),
      details: new Map<number, string>(),
      timings: null,
    };
    for (let row = 0; row < BATCH_ROWS; row++, nth++) {
      const target = nth % targets;
      const seq = Math.floor(nth / targets);
      const due = START_NS + (target * INTERVAL_NS) / targets + seq * INTERVAL_NS;
      batch.target[row] = target;
      batch.seq[row] = seq;
      batch.due[row] = due;
      batch.sent[row] = due + Math.round(50_000 + random() * 1_050_000);
      const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
      const out = target % 10 === 0 && due % 60e9 < 2e9;
      if (out || random() < 1 / 2000) {
        batch.latency[row] = Number.NaN;
        batch.outcome[row] = lost;
        batch.reason[row] = timeout;
      } else {
        batch.latency[row] = Math.round(250_000 * Math.exp(0.3 * normal));
      }
    }
    return batch;
  };
}

/** When the schedules began. */
const START_NS = 1_234_567_891;

/** mulberry32: the same numbers in every run. */
function randomNumbers(): () => number {
  let state = 42;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
