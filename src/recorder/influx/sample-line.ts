import { escape as lineProtocol } from '@influxdata/influxdb-client';
import type { RunMeta } from '../../contracts/samples.ts';
import { FLAG } from '../../model/sample.ts';
import type { RunNs } from '../../model/time.ts';
import { tagSet, targetTags } from './tag-sets.ts';
import type { Moment, Timeline } from './timeline.ts';
import { wallTimes } from './wall-time.ts';

/** A row of table `samples`. */
export type SampleRow = {
  readonly targetId: number;
  readonly seq: number;
  readonly due: RunNs;
  readonly sent: RunNs | null;
  readonly latency: number | null;
  readonly outcome: string;
  readonly reason: string;
  readonly flags: number;
  readonly detail: string | null;
};

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
  return ({ targetId, seq, due, sent, latency, outcome, reason, flags, detail }) => {
    const now = timeline.at(due);
    if (now.phase !== moment.phase || now.step !== moment.step) {
      moment = now;
      tagSets = new Map();
    }
    let line = `${tagsOf(targetId, outcome)} seq=${String(seq)}i`;
    if (sent !== null) line += `,send_delay_ns=${whole(sent - due)}`;
    // Of a flagged answer only is known that it took no longer: under another name, so that no percentile takes it in.
    if (latency !== null) {
      line += `,${flags === 0 ? 'latency_ns' : 'latency_at_most_ns'}=${whole(latency)}`;
    }
    if (flags !== 0) {
      if ((flags & FLAG.late) !== 0) line += ',late=t';
      if ((flags & FLAG.disturbed) !== 0) line += ',disturbed=t';
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
