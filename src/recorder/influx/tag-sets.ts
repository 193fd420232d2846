import { Point } from '@influxdata/influxdb-client';
import type { RunPlan } from '../../model/plan.ts';

/** Tag → value; null is left out. */
export type Tags = Readonly<Record<string, string | null>>;

/**
 * Measurement and tags as a line begins, escaped and in order by the client library: `rollproof_attempt,outcome=ok,probe=vm`.
 * Values are as `tagText` makes them.
 */
export function tagSet(measurement: string, tags: Tags): string {
  const point = new Point(measurement).intField('n', 0).timestamp('0');
  for (const [key, value] of Object.entries(tags)) {
    const text = value === null ? '' : tagText(value);
    if (text !== '') point.tag(key, text);
  }
  const end = ' n=0i 0';
  return point.toLineProtocol()?.slice(0, -end.length) ?? measurement;
}

/**
 * A text as the value of a tag: line protocol cannot hold a line's end there, and a backslash at the end would escape what follows.
 *
 *     C:\vm\ → C:/vm/
 */
export function tagText(text: string): string {
  return text
    .replaceAll('\\', '/')
    .replace(/\p{Cc}+/gu, ' ')
    .trim();
}

/**
 * For each target_id the names of its probe and itself, as tags. Two targets of a probe that would have the same tag are told apart, because a
 * point is known by its tags and its time alone: `a`, `a` → `a`, `a (2)`.
 */
export function targetTags(plan: RunPlan): readonly { probe: string; target: string }[] {
  return plan.probes.flatMap((probe) => {
    const taken = new Set<string>();
    return probe.targets.map(({ name }) => {
      const text = tagText(name);
      const base = text === '' ? 'target' : text;
      let target = base;
      for (let count = 2; taken.has(target); count++) target = `${base} (${String(count)})`;
      taken.add(target);
      return { probe: probe.name, target };
    });
  });
}
