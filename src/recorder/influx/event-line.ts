import type { RunMeta } from '../../contracts/samples.ts';
import type { RunEvent } from '../../model/event.ts';
import { NS_PER_MS } from '../../model/time.ts';
import { quoted, whole } from './sample-line.ts';
import { tagSet } from './tag-sets.ts';
import type { Timeline } from './timeline.ts';
import { wallTimes } from './wall-time.ts';

/** What stands below the ms of an event's time: its position, so that events of one instant stay apart. */
const POSITIONS = NS_PER_MS;

/**
 * Events, with their position in the run file → lines of the measurement `rollproof_event` (docs/time-series.md), to be shown as annotations.
 *
 *     rollproof_event,kind=step,phase=upgrade,run=…,scenario=roll,step=roll\ keystone,what=start text="step roll keystone: start",… 1795403686140000017
 */
export function eventLines(
  { plan, anchor }: Pick<RunMeta, 'plan' | 'anchor'>,
  timeline: Timeline,
): (event: RunEvent, position: number) => string {
  const { run, scenario } = plan;
  const wall = wallTimes(anchor);
  const fraction = Number(anchor.wallNs % BigInt(NS_PER_MS));
  return (event, position) => {
    const { kind, what, at, end, probe, target, subject, serverTime, detail } = event;
    // A boundary is of the phase or step that it begins or ends, not of what it meets there.
    const own = kind === 'phase' || kind === 'step' ? { [kind]: subject?.name ?? null } : {};
    const tags = { run, scenario, kind, what, probe, target, ...timeline.at(at), ...own };
    const fields = [
      `text=${quoted(textOf(event))}`,
      `at_ns=${whole(at)}`,
      ...(end === null ? [] : [`duration_ns=${whole(end - at)}`]),
      ...(subject === null
        ? []
        : [`subject=${quoted(subject.name)}`, `subject_kind=${quoted(subject.kind)}`]),
      ...(serverTime === null ? [] : [`server_time=${quoted(serverTime)}`]),
      ...(Object.keys(detail).length === 0 ? [] : [`detail=${quoted(JSON.stringify(detail))}`]),
    ];
    const whenMs = at - ((((fraction + at) % NS_PER_MS) + NS_PER_MS) % NS_PER_MS);
    const time = wall(whenMs + (position % POSITIONS));
    return `${tagSet('rollproof_event', tags)} ${fields.join(',')} ${time}`;
  };
}

/** One line for people: `Pod keystone-api-7c9 ready`. */
function textOf({ kind, what, subject, target }: RunEvent): string {
  return [subject?.kind ?? kind, subject?.name ?? target, what]
    .filter((part) => part !== null)
    .join(' ');
}
