import { NS_PER_MS, type RunNs } from '../model/time.ts';
import { decades, timeTicks } from './axes.ts';
import { bounds, clockTime, length } from './figures.ts';
import { type Html, html } from './html-text.ts';
import { cutEnd, cutFront, imageTag } from './names.ts';
import { podSegments, podsToDraw } from './pod-lanes.ts';
import type { ProbeView, ReportView } from './view.ts';

const WIDTH = 1160;
const LEFT = 250;
const RIGHT = 14;
const PLOT = WIDTH - LEFT - RIGHT;
const LATENCY_HEIGHT = 92;
const PODS_DRAWN = 40;
const PROBES_DRAWN = 12;
/** What is shorter than a dot is still to be seen. */
const LEAST_WIDTH = 2.5;

type Row = { readonly height: number; readonly draw: (y: number) => Html };
type Scale = (at: RunNs) => number;

/**
 * The run as one picture, inline SVG, all rows on one time axis: phases, steps, a lane a pod, and for each probe its
 * outages and blind spans with the latency below.
 */
export function timeline(view: ReportView): Html {
  const span = Math.max(NS_PER_MS, view.end - view.start);
  const x: Scale = (at) => LEFT + Math.min(1, Math.max(0, (at - view.start) / span)) * PLOT;
  const rows: Row[] = [
    phaseRow(view, x),
    ...stepRow(view, x),
    ...podRows(view, x),
    ...view.probes.slice(0, PROBES_DRAWN).flatMap((probe) => probeRows(view, probe, x)),
  ];
  if (view.probes.length > PROBES_DRAWN)
    rows.push(
      noteRow(`and ${String(view.probes.length - PROBES_DRAWN)} more probes, in the tables below`),
    );
  const drawn: Html[] = [];
  let y = 4;
  for (const row of rows) {
    drawn.push(row.draw(y));
    y += row.height;
  }
  const bottom = y + 4;
  const height = bottom + 26;
  return html`<svg viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="Timeline of the run">
<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line class="hatch" x1="0" y1="0" x2="0" y2="6"/></pattern></defs>
${timeAxis(view, x, bottom)}${phaseEdges(view, x, bottom)}${drawn}</svg>`;
}

function timeAxis(view: ReportView, x: Scale, bottom: number): Html {
  const ticks = timeTicks(view.anchor, view.start, view.end, 10);
  return html`${ticks.map(({ at, label }) => {
    const anchor = x(at) > WIDTH - RIGHT - 28 ? 'end' : x(at) < LEFT + 28 ? 'start' : 'middle';
    return html`<line class="grid" x1="${round(x(at))}" x2="${round(x(at))}" y1="4" y2="${bottom}"/><text class="small" x="${round(x(at))}" y="${bottom + 17}" text-anchor="${anchor}">${label}</text>`;
  })}<line class="axis" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${bottom}" y2="${bottom}"/><text class="small" x="${LEFT - 12}" y="${bottom + 17}" text-anchor="end">UTC</text>`;
}

function phaseEdges(view: ReportView, x: Scale, bottom: number): Html {
  const edges = view.analysis.phases.slice(1);
  return html`${edges.map(({ start }) => html`<line class="edge" x1="${round(x(start))}" x2="${round(x(start))}" y1="4" y2="${bottom}"/>`)}`;
}

function phaseRow(view: ReportView, x: Scale): Row {
  return {
    height: 30,
    draw: (y) =>
      html`${rowLabel('phase', y + 16)}${view.analysis.phases.map(({ phase, start, end }) => {
        const to = end ?? view.end;
        return html`${bar(x(start), x(to), y, 24, phase, `${phase}: ${length(to - start)}`)}${labelIn(x(start), x(to), y + 16, [`${phase} ${length(to - start)}`, phase], '')}`;
      })}`,
  };
}

function stepRow(view: ReportView, x: Scale): readonly Row[] {
  const steps = view.analysis.steps.filter(({ start }) => start !== null);
  if (steps.length === 0) return [];
  const draw = (y: number) =>
    html`${rowLabel('upgrade step', y + 15)}${steps.map(({ name, start, end, result }) => {
      const from = x(start ?? view.start);
      const to = x(end ?? view.end);
      const took = length((end ?? view.end) - (start ?? view.start));
      // A gap of one between neighbours: steps follow each other without a pause.
      return html`${bar(from + 0.5, to - 0.5, y, 22, `step ${result}`, `${name}: ${took}, ${result}`)}${labelIn(from, to, y + 15, [name], 'onstep')}`;
    })}`;
  return [{ height: 32, draw }];
}

function podRows(view: ReportView, x: Scale): readonly Row[] {
  const { pods } = view.analysis;
  if (pods.length === 0) return [];
  const shown = podsToDraw(pods, PODS_DRAWN);
  const rest = pods.length - shown.length;
  return [
    headingRow('pods'),
    ...shown.map((pod): Row => {
      const tag = cutEnd(imageTag(pod.image), 13);
      return {
        height: 20,
        draw: (y) =>
          html`<text class="mono" x="4" y="${y + 12}">${cutFront(pod.name, 22)}<title>${pod.name}${pod.node === null ? '' : ` on ${pod.node}`}</title></text><text class="small" x="${LEFT - 12}" y="${y + 12}" text-anchor="end">${tag}<title>${pod.image ?? 'image unknown'}</title></text>${podSegments(pod, view.end).map(({ state, from, to }) => bar(x(from), x(to), y + 1, 14, state, `${pod.name}: ${STATE_NAMES[state]} ${clockTime(view.anchor, from)}, ${length(to - from)}`))}`,
      };
    }),
    ...(rest > 0 ? [noteRow(`and ${String(rest)} more pods`)] : []),
    { height: 8, draw: () => html`` },
  ];
}

const STATE_NAMES = {
  pending: 'not ready',
  ready: 'ready',
  terminating: 'terminating',
  down: 'failed or ended',
} as const;

function probeRows(view: ReportView, probe: ProbeView, x: Scale): readonly Row[] {
  const { anchor } = view;
  const outages = view.outages.filter((outage) => outage.probe === probe.name);
  const blind = view.analysis.blind.filter((one) => one.probe === probe.name);
  const points = view.analysis.latencyOverTime[probe.name] ?? [];
  const lane: Row = {
    height: 26,
    draw: (
      y,
    ) => html`<text class="strong" x="4" y="${y + 14}">${cutEnd(probe.name, 24)}<title>${probe.name}</title></text><text class="small" x="${LEFT - 12}" y="${y + 14}" text-anchor="end">${probe.control ? 'control' : targetCount(probe)}</text>
<rect class="watched" x="${LEFT}" y="${y + 2}" width="${PLOT}" height="16" rx="2"/>
${drawnTogether(blind, x).map(({ from, to, members, first }) => {
  const title =
    members === 1
      ? `blind (${first.cause}): ${clockTime(anchor, first.start)}, ${length(first.end - first.start)}`
      : `blind ${String(members)} times from ${clockTime(anchor, first.start)}`;
  return html`${bar(from, to, y, 20, 'blindback', title)}<rect fill="url(#hatch)" pointer-events="none" x="${round(from)}" y="${y}" width="${round(widthOf(from, to))}" height="20"/>`;
})}
${[true, false].map((shared) =>
  drawnTogether(
    outages.filter(({ sharedWith }) => (sharedWith !== null) === shared),
    x,
  ).map(({ from, to, members, first }) => {
    const one = `${first.target}: out from ${clockTime(anchor, first.start)}, ${bounds(first.atLeastNs, first.atMostNs)}, ${first.reason}`;
    return bar(
      from,
      to,
      y,
      20,
      shared ? 'outage shared' : 'outage',
      members === 1 ? one : `${String(members)} outages, the first: ${one}`,
    );
  }),
)}`,
  };
  return points.length === 0 ? [lane] : [lane, latencyRow(points, x)];
}

/**
 * Spans in order of start → those that would touch in the picture as one. So a lane has no more bars than it has dots,
 * however many targets were out.
 */
function drawnTogether<Span extends { readonly start: RunNs; readonly end: RunNs }>(
  spans: readonly Span[],
  x: Scale,
): readonly {
  readonly from: number;
  readonly to: number;
  readonly members: number;
  readonly first: Span;
}[] {
  const bars: { from: number; to: number; members: number; first: Span }[] = [];
  for (const span of spans.toSorted((a, b) => a.start - b.start)) {
    const from = x(span.start);
    const to = Math.max(x(span.end), from + LEAST_WIDTH);
    const last = bars.at(-1);
    if (last !== undefined && from <= last.to) {
      last.to = Math.max(last.to, to);
      last.members++;
    } else bars.push({ from, to, members: 1, first: span });
  }
  return bars;
}

function targetCount({ targets }: ProbeView): string {
  return targets.length === 0
    ? 'watch'
    : targets.length === 1
      ? ''
      : `${String(targets.length)} targets`;
}

type LatencyPoints = ReportView['analysis']['latencyOverTime'][string];

function latencyRow(points: LatencyPoints, x: Scale): Row {
  const least = points.reduce((low, { p50 }) => Math.min(low, p50), Number.POSITIVE_INFINITY);
  const most = points.reduce((high, { max }) => Math.max(high, max), 0);
  const marks = decades(least, most);
  const low = Math.log10(marks[0] ?? 1);
  const high = Math.log10(marks.at(-1) ?? 10);
  const draw = (top: number) => {
    const y = (ns: number) =>
      top +
      LATENCY_HEIGHT -
      14 -
      ((Math.log10(Math.max(1, ns)) - low) / (high - low)) * (LATENCY_HEIGHT - 22);
    const gap = bucketWidth(points) * 1.5;
    const path = (of: (point: LatencyPoints[number]) => number) =>
      points
        .map((point, nth) => {
          const before = points[nth - 1];
          // Buckets without an ok sample are missing: the line is not drawn across them.
          const pen = before === undefined || point.at - before.at > gap ? 'M' : 'L';
          return `${pen}${String(round(x(point.at)))} ${String(round(y(of(point))))}`;
        })
        .join('');
    const labelled = marks.length > 5 ? marks.filter((_, nth) => nth % 2 === 0) : marks;
    return html`<text class="small" x="${LEFT - 70}" y="${round(y(marks.at(-1) ?? 1)) + 4}" text-anchor="end">latency</text>${labelled.map((ns) => html`<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${round(y(ns))}" y2="${round(y(ns))}"/><text class="small" x="${LEFT - 12}" y="${round(y(ns)) + 4}" text-anchor="end">${length(ns)}</text>`)}<path class="max" d="${path(({ max }) => max)}"/><path class="p50" d="${path(({ p50 }) => p50)}"/>`;
  };
  return { height: LATENCY_HEIGHT, draw };
}

/** The commonest distance of two points: their smallest. */
function bucketWidth(points: LatencyPoints): number {
  let width = Number.POSITIVE_INFINITY;
  for (const [nth, { at }] of points.entries()) {
    const before = points[nth - 1];
    if (before !== undefined) width = Math.min(width, at - before.at);
  }
  return width;
}

function headingRow(text: string): Row {
  return { height: 20, draw: (y) => html`<text class="strong" x="4" y="${y + 14}">${text}</text>` };
}

function noteRow(text: string): Row {
  return { height: 20, draw: (y) => html`<text class="small" x="4" y="${y + 13}">${text}</text>` };
}

function rowLabel(text: string, y: number): Html {
  return html`<text class="strong" x="4" y="${y}">${text}</text>`;
}

function bar(
  from: number,
  to: number,
  y: number,
  height: number,
  kind: string,
  title: string,
): Html {
  return html`<rect class="${kind}" x="${round(from)}" y="${y}" width="${round(widthOf(from, to))}" height="${height}" rx="2"><title>${title}</title></rect>`;
}

/** The longest of the texts that fits between, centred; none if none does. A sign is taken as 6.6 wide. */
function labelIn(
  from: number,
  to: number,
  y: number,
  texts: readonly string[],
  kind: string,
): Html {
  const room = Math.floor((to - from - 8) / 6.6);
  const text =
    texts.find((one) => one.length <= room) ??
    (room >= 6 ? cutEnd(texts.at(-1) ?? '', room) : null);
  if (text === null) return html``;
  return html`<text class="${kind}" x="${round((from + to) / 2)}" y="${y}" text-anchor="middle" pointer-events="none">${text}</text>`;
}

function widthOf(from: number, to: number): number {
  return Math.max(LEAST_WIDTH, to - from);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
