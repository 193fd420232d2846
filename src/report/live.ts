import type { LiveSnapshot } from '../model/analysis.ts';
import type { DurationNs } from '../model/time.ts';
import { type Colors, colors } from './colors.ts';
import { count, length } from './figures.ts';
import { cutEnd, cutFront, imageTag, printable } from './names.ts';
import { columns, padEnd, visibleLength } from './text-layout.ts';

/** A run at this moment. */
export type LiveView = {
  readonly snapshot: LiveSnapshot;
  readonly elapsedNs: DurationNs;
  readonly scenario: string;
  readonly step: {
    readonly index: number;
    readonly count: number;
    readonly name: string;
    readonly fraction: number | null;
    readonly line: string;
  } | null;
  /** Until the phase ends, where that is known. */
  readonly remainingNs: DurationNs | null;
  /** What the reader should act on now; null when there is nothing. */
  readonly warning: string | null;
};

type LiveTarget = LiveSnapshot['targets'][number];

/** A table to be redrawn in place: at most `rows` lines (24 unless told), none wider than `width`. */
export function liveTable(
  live: LiveView,
  options: { readonly color: boolean; readonly width: number; readonly rows?: number },
): string {
  const width = Math.max(40, options.width - 1);
  const rows = Math.max(5, (options.rows ?? 24) - 1);
  const paint = colors(options.color);
  const warned = live.warning === null ? [] : [paint.doubt(cutEnd(live.warning, width))];
  const head = [...headLines(live, width, paint), ...warned, ''];
  const { targets, workloads, pods } = live.snapshot;
  // Pods need their room in full more than the hundredth target does: they get up to half of what is left.
  const room = rows - head.length - 1;
  const podRoom = Math.min(pods.length, Math.floor(room / 2));
  const targetRoom = room - podRoom - workloads.length - (podRoom > 0 ? 1 : 0) - 1;
  const lines = [
    ...head,
    ...targetLines(targets, Math.max(1, targetRoom), width, paint),
    ...(pods.length + workloads.length > 0 ? [''] : []),
    ...workloads.map((workload) => workloadLine(workload, width, paint)),
    ...podLines(pods, podRoom, width, paint),
  ];
  return lines.slice(0, rows).join('\n');
}

function headLines(live: LiveView, width: number, paint: Colors): string[] {
  const { snapshot, elapsedNs, step, remainingNs } = live;
  const phase = snapshot.phase ?? 'starting';
  const blind = snapshot.blindNs > 0 ? `  blind ${length(snapshot.blindNs)}` : '';
  const time = clock(elapsedNs);
  const left = remainingNs === null ? '' : `, ${clock(remainingNs)} left`;
  const tail = `  ${phase}${left}  ${time}${blind}`;
  const name = cutEnd(printable(live.scenario), width - tail.length);
  const first = `${paint.bold(name)}  ${paint.accent(phase)}${left}  ${time}${paint.doubt(blind)}`;
  if (step === null) {
    // Only the first phase's length is known from here: elapsed and remaining add up to it.
    const total = elapsedNs + (remainingNs ?? 0);
    const baseline = snapshot.phase === 'baseline' && remainingNs !== null && total > 0;
    return [first, baseline ? paint.dim(bar(elapsedNs / total, Math.min(40, width))) : ''];
  }
  const label = ` step ${String(step.index + 1)} of ${String(step.count)}: ${printable(step.name)}`;
  const said = printable(step.line);
  const gauge = bar(step.fraction, Math.min(24, Math.floor(width / 4)));
  const text = said === '' || said === step.name ? label : `${label} · ${said}`;
  return [first, `${paint.accent(gauge)}${cutEnd(text, width - gauge.length)}`];
}

/** 0.5, 10 → `[====    ]`; an unknown fraction gives dots. */
function bar(fraction: number | null, width: number): string {
  const room = Math.max(1, width - 2);
  if (fraction === null) return `[${'·'.repeat(room)}]`;
  const full = Math.round(Math.min(1, Math.max(0, fraction)) * room);
  return `[${'='.repeat(full)}${' '.repeat(room - full)}]`;
}

/** Those in an outage first, then those that had one. */
function targetLines(
  targets: LiveSnapshot['targets'],
  room: number,
  width: number,
  paint: Colors,
): string[] {
  const weight = (target: LiveTarget) =>
    (target.outageNs === null ? 0 : 1e12) +
    target.unsuccessful * 1e3 +
    Math.min(999, target.unsent);
  const ordered =
    targets.length > room ? targets.toSorted((a, b) => weight(b) - weight(a)) : targets;
  const shown = ordered.slice(0, targets.length > room ? Math.max(1, room - 1) : room);
  // Where it is narrow the counts that can be missed are left out, never the outage.
  const wide = width >= 66;
  const nameRoom = Math.max(12, width - (wide ? 54 : 30));
  const cells = (name: string, all: readonly [string, string, string, string, string, string]) => {
    const [sent, lost, unsent, p99, outages, now] = all;
    return wide ? [name, sent, lost, unsent, p99, outages, now] : [name, lost, p99, now];
  };
  const table = columns(
    [
      cells('probe', ['sent', 'lost', 'unsent', 'p99', 'outages', 'outage now']),
      ...shown.map((target) =>
        cells(cutFront(printable(`${target.probe} ${target.target}`), nameRoom), [
          count(target.due - target.unsent),
          count(target.unsuccessful),
          count(target.unsent),
          length(target.p99),
          count(target.outages),
          length(target.outageNs),
        ]),
      ),
    ],
    wide ? 'lrrrrrr' : 'lrrr',
  );
  const [head = '', ...lines] = table;
  const hidden = targets.slice().length - shown.length;
  const bad =
    hidden === 0 ? 0 : ordered.slice(shown.length).filter((one) => one.unsuccessful > 0).length;
  const rest = `and ${count(hidden)} more, ${bad === 0 ? 'none with losses' : `${count(bad)} with losses`}`;
  return [
    paint.dim(head.slice(0, width)),
    ...lines.map((line, row) => {
      const target = shown[row];
      if (target === undefined) return line;
      const state =
        target.outageNs !== null
          ? (text: string) => paint.bold(paint.bad(text))
          : target.unsuccessful > 0
            ? paint.bad
            : target.unsent > 0
              ? paint.doubt
              : (text: string) => text;
      return state(line.slice(0, width));
    }),
    ...(hidden === 0 ? [] : [paint.dim(rest)]),
  ];
}

function workloadLine(
  { name, ready, desired, floor }: LiveSnapshot['workloads'][number],
  width: number,
  paint: Colors,
): string {
  const figures = `: ${String(ready)} of ${String(desired)} ready (${String(floor)} required)`;
  const line = `${cutFront(printable(name), width - figures.length)}${figures}`;
  return ready < floor ? paint.bad(line) : ready < desired ? paint.doubt(line) : line;
}

function podLines(
  pods: LiveSnapshot['pods'],
  room: number,
  width: number,
  paint: Colors,
): string[] {
  const shown = pods.slice(0, pods.length > room ? Math.max(0, room - 1) : room);
  const nameRoom = Math.max(12, Math.min(48, width - 40));
  const nameWidth = Math.max(0, ...shown.map(({ name }) => Math.min(nameRoom, name.length)));
  const tags = shown.map(({ image }) => cutEnd(printable(imageTag(image)), 18));
  const tagWidth = Math.max(0, ...tags.map(visibleLength));
  const lines = shown.map(({ name, what, ready }, row) => {
    const state = ready ? 'ready' : printable(what);
    const color = ready ? paint.good : what === 'terminating' ? paint.doubt : paint.accent;
    const left = `  ${padEnd(cutFront(printable(name), nameRoom), nameWidth)}  ${padEnd(tags[row] ?? '', tagWidth)}  `;
    return `${left}${color(cutEnd(state, Math.max(1, width - visibleLength(left))))}`;
  });
  const hidden = pods.length - shown.length;
  const unready = pods.slice(shown.length).filter(({ ready }) => !ready).length;
  if (hidden === 0 || room === 0) return lines;
  return [
    ...lines,
    paint.dim(
      `  and ${count(hidden)} more pods, ${unready === 0 ? 'all ready' : `${count(unready)} not ready`}`,
    ),
  ];
}

/** One plain line for a log: `00:25 upgrade, step 1 of 2 roll keystone (40%) · vm 1,234 sent 0 lost · pods 2/3 ready`. */
export function liveLine({ snapshot, elapsedNs, step, remainingNs, warning }: LiveView): string {
  const { phase, targets, workloads, blindNs } = snapshot;
  const percentDone =
    step?.fraction == null ? '' : ` (${String(Math.floor(step.fraction * 100))}%)`;
  const doing =
    step === null
      ? remainingNs === null
        ? ''
        : `, ${clock(remainingNs)} left`
      : `, step ${String(step.index + 1)} of ${String(step.count)} ${printable(step.name)}${percentDone}`;
  const parts = [`${clock(elapsedNs)} ${phase ?? 'starting'}${doing}`];
  for (const probe of new Set(targets.map((target) => target.probe))) {
    const own = targets.filter((target) => target.probe === probe);
    const sum = (of: (target: LiveTarget) => number) =>
      own.reduce((total, one) => total + of(one), 0);
    const out = own.filter(({ outageNs }) => outageNs !== null);
    const unsent = sum((one) => one.unsent);
    parts.push(
      `${printable(probe)} ${count(sum((one) => one.due) - unsent)} sent ${count(sum((one) => one.unsuccessful))} lost` +
        (unsent > 0 ? ` ${count(unsent)} unsent` : '') +
        (out.length > 0
          ? ` OUT: ${printable(out[0]?.target ?? '')}${out.length > 1 ? ` and ${count(out.length - 1)} more` : ''}`
          : ''),
    );
  }
  for (const { name, ready, desired } of workloads) {
    parts.push(`${printable(name)} ${String(ready)}/${String(desired)} ready`);
  }
  if (blindNs > 0) parts.push(`blind ${length(blindNs)}`);
  if (warning !== null) parts.push(`WARNING: ${warning}`);
  return parts.join(' · ');
}

/** 125 s → `02:05`; above an hour `1:02:05`. */
function clock(ns: DurationNs): string {
  const seconds = Math.floor(ns / 1e9);
  const two = (value: number) => String(value).padStart(2, '0');
  const minutes = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return seconds < 3600 ? minutes : `${String(Math.floor(seconds / 3600))}:${minutes}`;
}
