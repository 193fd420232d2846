import { escape as lineProtocol } from '@influxdata/influxdb-client';
import type { RunMeta } from '../../contracts/samples.ts';
import { FLAG, STAGES } from '../../model/sample.ts';
import type { DurationNs, RunNs } from '../../model/time.ts';
import { tagSet, targetTags } from './tag-sets.ts';
import type { Moment, Timeline } from './timeline.ts';
import { wallTimes } from './wall-time.ts';

/** A sample as recorded: run ns, NaN where there is none. */
export type SampleRow = {
  readonly targetId: number;
  readonly seq: number;
  readonly due: RunNs;
  readonly sent: RunNs;
  readonly latency: DurationNs;
  readonly outcome: string;
  readonly reason: string;
  readonly flags: number;
  readonly detail: string | null;
  /** In the order of STAGES; null where no stage is told apart. */
  readonly timings: readonly DurationNs[] | null;
};

/** Field of each stage, in their order. */
const STAGE_FIELDS = STAGES.map(
  (stage) => `${stage.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`)}_ns`,
);

/**
 * Rows → lines of the measurement `rollproof_attempt` (docs/time-series.md), which the timeline tells the phase and step of. Tag sets are
 * built once for each target, moment and outcome, and there are few of these at a time.
 *
 *     rollproof_attempt,outcome=ok,phase=baseline,probe=vm,run=…,scenario=roll,target=10.0.0.5 seq=7i,send_delay_ns=900i,latency_ns=250000i 1795403686140000001
 */
export function sampleLines(
  { plan, anchor }: Pick<RunMeta, 'plan' | 'anchor'>,
  timeline: Timeline,
): (row: SampleRow) => string {
  const { run, scenario } = plan;
  const targets = targetTags(plan);
  const wall = wallTimes(anchor);
  let moment: Moment = { phase: null, step: null };
  let tagSets = new Map<string, string>();
  const tagsOf = (targetId: number, outcome: string) => {
    const key = `${outcome}${String(targetId)}`;
    const known = tagSets.get(key);
    if (known !== undefined) return known;
    const { probe, target } = targets[targetId] ?? { probe: null, target: String(targetId) };
    const made = tagSet('rollproof_attempt', { run, scenario, probe, target, outcome, ...moment });
    tagSets.set(key, made);
    return made;
  };
  return ({ targetId, seq, due, sent, latency, outcome, reason, flags, detail, timings }) => {
    const now = timeline.at(due);
    if (now.phase !== moment.phase || now.step !== moment.step) {
      moment = now;
      tagSets = new Map();
    }
    let line = `${tagsOf(targetId, outcome)} seq=${String(seq)}i`;
    if (!Number.isNaN(sent)) line += `,send_delay_ns=${whole(sent - due)}`;
    // Of a flagged answer only is known that it took no longer: under another name, so that no percentile takes it in.
    if (!Number.isNaN(latency)) {
      line += `,${flags === 0 ? 'latency_ns' : 'latency_at_most_ns'}=${whole(latency)}`;
    }
    if (flags !== 0) {
      if ((flags & FLAG.late) !== 0) line += ',late=t';
      if ((flags & FLAG.disturbed) !== 0) line += ',disturbed=t';
    }
    if (timings !== null) {
      for (const [stage, ns] of timings.entries()) {
        if (!Number.isNaN(ns)) line += `,${STAGE_FIELDS[stage] ?? ''}=${whole(ns)}`;
      }
    }
    if (reason !== 'none') line += `,reason="${reason}"`;
    if (detail !== null) line += `,detail=${quoted(detail)}`;
    return `${line} ${wall(due)}`;
  };
}

/** An integer field. */
export function whole(value: number): string {
  return `${String(Math.round(value))}i`;
}

const DETAIL_LENGTH = 1000;

/** A string field on one line: VictoriaMetrics ends a line at any newline, quoted or not. */
export function quoted(text: string): string {
  return lineProtocol.quoted(text.slice(0, DETAIL_LENGTH).replace(/\p{Cc}+/gu, ' '));
}
