import type { PodHistory, StepAnalysis } from '../model/analysis.ts';
import { PHASES } from '../model/phase.ts';
import { STAGES } from '../model/sample.ts';
import { type RunAnchor, wallTime } from '../model/time.ts';
import {
  bounds,
  clockTime,
  count,
  dateTime,
  downText,
  length,
  percent,
  plural,
  STAGE_NAMES,
  shortBounds,
  upperBound,
} from './figures.ts';
import { STYLE } from './html-style.ts';
import { type Html, type HtmlValue, html } from './html-text.ts';
import { cutFront, imageTag } from './names.ts';
import { noteText } from './notes.ts';
import { timeline } from './timeline.ts';
import { type TokenMatrix, tokenMatrix } from './token-matrix.ts';
import { condense, longestFirst, type ProbeView, type ReportView } from './view.ts';

const TARGETS_SHOWN = 50;
const OUTAGES_SHOWN = 200;
const SPANS_SHOWN = 200;
const PODS_SHOWN = 200;
const NOTES_SHOWN = 50;
const SUSPECTS_SHOWN = 4;
/** Names of one workload differ at their end; in full they stand in the table above. */
const MATRIX_NAME = 12;

/** report.html: one file, nothing loaded from elsewhere, no script. */
export function reportHtml(view: ReportView): string {
  const { analysis, judgement } = view;
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${judgement.verdict}: ${analysis.scenario}</title>
${STYLE}</head><body><main>
${headline(view)}${tiles(view)}${objectives(view)}${picture(view)}${outages(view)}${view.probes.map((probe) => probeTables(probe, view.anchor))}${blind(view)}${steps(view)}${pods(view)}${store(view)}
<footer>rollproof ${view.rollproofVersion} · run ${analysis.run} · times are UTC, from ${wallTime(view.anchor, view.start)} to ${wallTime(view.anchor, view.end)}</footer>
</main></body></html>
`.markup;
}

function headline({ analysis, judgement, anchor, start, end }: ReportView): Html {
  const { verdict, exitCode, why } = judgement;
  const cut = analysis.complete ? '' : ' The recording breaks off: its end was never written.';
  return html`<header class="card head ${verdict}"><span class="badge ${verdict}">${verdict}</span><h1>${analysis.scenario}</h1>
<p>${why === null ? null : html`${why}.`}${cut}</p>
<p class="muted">${dateTime(anchor, start)}, ${length(end - start)}, exit code ${exitCode}</p></header>`;
}

function tiles(view: ReportView): Html {
  const measured = view.probes.filter(({ control }) => !control);
  const sum = (of: (probe: ProbeView) => number) => measured.reduce((all, one) => all + of(one), 0);
  const bad = sum(({ counts }) => counts.lost + counts.failed);
  const longest = view.outages.filter(({ control }) => !control).toSorted(longestFirst)[0];
  const unsent = sum(({ counts }) => counts.unsent);
  const blindNs = unitedLength(view.analysis.blind);
  const ready = view.probes
    .flatMap(({ workloads }) => workloads)
    .filter(({ readyMin }) => readyMin !== null);
  const scarcest = ready.toSorted((a, b) => shortfall(b) - shortfall(a))[0];
  const tile = (figure: string, label: string, state: string) =>
    html`<div class="card tile ${state}"><b>${figure}</b><span class="muted">${label}</span></div>`;
  return html`<div class="tiles">${tile(count(sum(({ counts }) => counts.due)), 'attempts due', '')}${tile(
    count(bad),
    'lost or failed',
    bad > 0 ? 'bad' : '',
  )}${tile(
    longest === undefined ? 'none' : shortBounds(longest.atLeastNs, longest.atMostNs),
    'longest outage',
    longest === undefined ? '' : 'bad',
  )}${tile(
    length(blindNs),
    unsent > 0 ? `blind, ${plural(unsent, 'attempt')} unsent` : 'blind',
    blindNs > 0 ? 'doubt' : '',
  )}${
    scarcest === undefined
      ? null
      : tile(
          `${String(scarcest.readyMin)} of ${String(scarcest.desired)}`,
          'fewest pods ready',
          shortfall(scarcest) > 0 ? 'bad' : '',
        )
  }</div>`;
}

function shortfall({
  readyMin,
  floor,
}: {
  readonly readyMin: number | null;
  readonly floor: number | null;
}): number {
  return (floor ?? 0) - (readyMin ?? 0);
}

/** Time in which any probe was blind: spans that overlap count once. */
function unitedLength(spans: ReportView['analysis']['blind']): number {
  let total = 0;
  let until = Number.NEGATIVE_INFINITY;
  for (const { start, end } of spans.toSorted((a, b) => a.start - b.start)) {
    total += Math.max(0, end - Math.max(start, until));
    until = Math.max(until, end);
  }
  return total;
}

function objectives({ judgement }: ReportView): Html {
  if (judgement.objectives.length === 0) return html``;
  return html`<h2>Objectives <span class="muted">from the start of the upgrade on</span></h2>${table(
    ['verdict', 'objective', 'observed', 'why'],
    judgement.objectives.map(({ text, verdict, observed, why }) => [
      cell(badge(verdict)),
      cell(html`<code>${text}</code>`, 'formula'),
      cell(observed, 'seen'),
      cell(why ?? '', 'prose'),
    ]),
    'stacked',
  )}`;
}

function store({ exported }: ReportView): Html {
  if (exported === null) return html``;
  const { summary, shortfall: missing, command } = exported;
  return html`<h2>Time-series store</h2><p>${summary}.</p>${missing === null ? null : html`<p class="doubt">${missing}</p>`}${
    command === null ? null : html`<p>Send them: <code>${command}</code></p>`
  }`;
}

function picture(view: ReportView): Html {
  const swatch = (name: string, color: string) =>
    html`<span style="--c: var(--${color})">${name}</span>`;
  return html`<h2>Timeline</h2><div class="card timeline">${timeline(view)}<p class="legend">${swatch('pod not ready', 'pending')}${swatch('pod ready', 'ready')}${swatch(
    'terminating',
    'terminating',
  )}${swatch('pod failed', 'down')}${swatch('outage', 'bad')}<span class="hatched">blind: the verifier could not observe</span>${swatch('latency p50', 'p50')}${swatch('max', 'max')}</p></div>`;
}

function outages(view: ReportView): Html {
  const { anchor } = view;
  if (view.outages.length === 0) return html``;
  const rest = view.outages.length - OUTAGES_SHOWN;
  const longest = view.outages.toSorted(longestFirst).slice(0, OUTAGES_SHOWN);
  const rows = longest
    .toSorted((a, b) => a.start - b.start)
    .map((outage) => [
      cell(clockTime(anchor, outage.start), 'nowrap'),
      cell(html`${outage.probe}<br><span class="muted">${outage.target}</span>`, 'word'),
      cell(bounds(outage.atLeastNs, outage.atMostNs), outage.sharedWith === null ? 'bad' : 'doubt'),
      cell(
        html`${outage.reason}, ${plural(outage.samples, 'sample')}${outage.sharedWith === null ? null : html`<br>shared with the control ${outage.sharedWith}`}${outage.open ? html`<br>not over when the run ended` : null}`,
      ),
      cell(
        html`${outage.phase ?? 'outside every phase'}${outage.step === null ? null : html`<br><span class="muted">${outage.step}</span>`}`,
        'word',
      ),
      cell(
        html`<ul class="plain">${outage.suspects
          .slice(0, SUSPECTS_SHOWN)
          .map(({ kind, name, what, at }) => {
            const apart = at - outage.start;
            return html`<li>${kind} <span class="mono">${name}</span> ${what} <span class="muted">${length(Math.abs(apart))} ${apart < 0 ? 'before' : 'after'}</span></li>`;
          })}</ul>`,
        'word',
      ),
    ]);
  return html`<h2>Outages</h2>${table(['start', 'probe, target', 'length', 'reason', 'during', 'suspects, nearest to its start'], rows, 'stacked')}${rest > 0 ? html`<p class="note">and ${count(rest)} more, none longer</p>` : null}`;
}

function probeTables(probe: ProbeView, anchor: RunAnchor): Html {
  const { name, kind, control, engine, workloads, targets } = probe;
  const about = [
    kind === name ? null : kind,
    engine,
    control ? 'control: its outages are the verifier’s or the path’s' : null,
  ];
  const { shown, rest } = condense(probe, TARGETS_SHOWN);
  return html`<h2>${name} <span class="muted">${about.filter((part) => part !== null).join(' · ')}</span></h2>
${targets.length === 0 ? null : countTable(shown)}${rest === null ? null : html`<p class="note">${rest}</p>`}
${shown.some(({ latency }) => PHASES.some((phase) => latency[phase] !== null)) ? latencyTable(shown) : null}${stageTable(shown)}
${workloads.length === 0 ? null : workloadTable(workloads)}${probe.replicas.length === 0 ? null : replicaTable(probe.replicas, anchor)}${matrixTable(tokenMatrix(probe, anchor))}${noteTable(probe.notes, anchor)}`;
}

function countTable(targets: ProbeView['targets']): Html {
  const anyClosedIdle = targets.some(({ closedIdle }) => closedIdle > 0);
  return table(
    [
      'target',
      'due>',
      'ok>',
      'lost>',
      'failed>',
      'unsent>',
      'loss>',
      'loss below (95%)>',
      'sees outages over>',
      'late, duplicate, reordered>',
      ...(anyClosedIdle ? ['closed while idle>'] : []),
    ],
    targets.map(
      ({
        name,
        counts,
        lossPct,
        lossUpperBoundPct,
        resolutionNs,
        late,
        duplicate,
        reordered,
        closedIdle,
      }) => [
        cell(name, 'word'),
        cell(count(counts.due), 'r'),
        cell(count(counts.ok), 'r'),
        cell(count(counts.lost), counts.lost > 0 ? 'r bad' : 'r'),
        cell(count(counts.failed), counts.failed > 0 ? 'r bad' : 'r'),
        cell(count(counts.unsent), counts.unsent > 0 ? 'r doubt' : 'r'),
        cell(percent(lossPct), 'r'),
        cell(upperBound(lossUpperBoundPct), 'r'),
        cell(length(resolutionNs), 'r'),
        cell(`${count(late)}, ${count(duplicate)}, ${count(reordered)}`, 'r'),
        ...(anyClosedIdle ? [cell(count(closedIdle), 'r')] : []),
      ],
    ),
  );
}

function latencyTable(targets: ProbeView['targets']): Html {
  const anyRequests = targets.some(({ requests }) => requests !== null);
  const rows = targets.flatMap(({ name, latency, requests }) =>
    PHASES.flatMap((phase) => {
      const summary = latency[phase];
      if (summary === null) return [];
      const { min, mean, p50, p90, p99, p999, max } = summary;
      const response = requests?.response[phase] ?? null;
      return [
        [
          cell(name, 'word'),
          cell(phase),
          cell(count(summary.count), 'r'),
          ...[min, mean, p50, p90, p99, p999, max].map((ns) => cell(length(ns), 'r')),
          ...(anyRequests
            ? [response?.p99, response?.max].map((ns) => cell(length(ns ?? null), 'r'))
            : []),
        ],
      ];
    }),
  );
  return html`<h3>Latency</h3>${table(['target', 'phase', 'samples>', 'min>', 'mean>', 'p50>', 'p90>', 'p99>', 'p99.9>', 'max>', ...(anyRequests ? ['from due: p99>', 'max>'] : [])], rows)}`;
}

/** Where a request's time went: p50 and p99 of each stage. */
function stageTable(targets: ProbeView['targets']): Html {
  const told = STAGES.filter((stage) =>
    targets.some(({ requests }) => PHASES.some((phase) => requests?.stages[stage][phase] != null)),
  );
  const rows = targets.flatMap(({ name, requests }) =>
    PHASES.flatMap((phase) => {
      const summaries = told.map((stage) => requests?.stages[stage][phase] ?? null);
      if (summaries.every((summary) => summary === null)) return [];
      return [
        [
          cell(name, 'word'),
          cell(phase),
          ...summaries.flatMap((summary) => [
            cell(length(summary?.p50 ?? null), 'r'),
            cell(length(summary?.p99 ?? null), 'r'),
          ]),
        ],
      ];
    }),
  );
  if (rows.length === 0) return html``;
  const head = told.flatMap((stage) => [`${STAGE_NAMES[stage]} p50>`, 'p99>']);
  return html`<h3>Stages <span class="muted">of the requests that went through them</span></h3>${table(['target', 'phase', ...head], rows)}`;
}

/** What each replica did when it was asked directly: nothing is judged by it. */
function replicaTable(replicas: ProbeView['replicas'], anchor: RunAnchor): Html {
  return html`<h3>Replicas <span class="muted">asked directly; they explain, and are not judged</span></h3>${table(
    ['replica', 'answered>', 'not>', 'p50>', 'p99>', 'when it did not answer'],
    replicas.map(({ kind, name, ok, unsuccessful, latency, down }) => [
      cell(html`${kind} <span class="mono">${name}</span>`, 'word'),
      cell(count(ok), 'r'),
      cell(count(unsuccessful), unsuccessful > 0 ? 'r doubt' : 'r'),
      cell(length(latency?.p50 ?? null), 'r'),
      cell(length(latency?.p99 ?? null), 'r'),
      cell(downText(down, anchor), 'prose'),
    ]),
  )}`;
}

function noteTable(notes: ProbeView['notes'], anchor: RunAnchor): Html {
  if (notes.length === 0) return html``;
  const rest = notes.length - NOTES_SHOWN;
  const rows = notes.slice(0, NOTES_SHOWN).map((note) => {
    const { text, notable } = noteText(note);
    return [
      cell(clockTime(anchor, note.at), 'nowrap'),
      cell(note.target ?? '', 'word'),
      cell(text, notable ? 'prose doubt' : 'prose'),
    ];
  });
  return html`<h3>Notes</h3>${table(['at', 'target', 'what the probe noted'], rows)}${rest > 0 ? html`<p class="note">and ${count(rest)} more</p>` : null}`;
}

function matrixTable(matrix: TokenMatrix | null): Html {
  if (matrix === null) return html``;
  const state = { ok: '', refused: 'bad', unanswered: 'doubt', unknown: '' } as const;
  return html`<h3>Tokens <span class="muted">issued by the replica on the left, validated at the one above</span></h3>${table(
    ['issued by', ...matrix.validators.map((name) => `at ${cutFront(name, MATRIX_NAME)}`)],
    matrix.rows.map(({ issuedBy, before, cells }) => [
      cell(
        html`<span class="mono" title="${issuedBy}">${cutFront(issuedBy, MATRIX_NAME)}</span>${before ? html`<br><span class="muted">before the upgrade</span>` : null}`,
        'nowrap',
      ),
      ...cells.map((one) => cell(one.text, state[one.state])),
    ]),
  )}`;
}

function workloadTable(workloads: ProbeView['workloads']): Html {
  const known = (value: number | null) => (value === null ? '–' : count(value));
  return table(
    ['workload', 'fewest ready>', 'required>', 'replicas>', 'restarts>'],
    workloads.map((workload) => [
      cell(`${workload.kind} ${workload.name}`, 'word'),
      cell(known(workload.readyMin), shortfall(workload) > 0 ? 'r bad' : 'r'),
      cell(known(workload.floor), 'r'),
      cell(known(workload.desired), 'r'),
      cell(known(workload.restarts), (workload.restarts ?? 0) > 0 ? 'r doubt' : 'r'),
    ]),
  );
}

function blind({ analysis, anchor }: ReportView): Html {
  if (analysis.blind.length === 0) return html``;
  const rest = analysis.blind.length - SPANS_SHOWN;
  const rows = analysis.blind
    .slice(0, SPANS_SHOWN)
    .map(({ probe, start, end, cause }) => [
      cell(clockTime(anchor, start), 'nowrap'),
      cell(probe, 'word'),
      cell(length(end - start), 'r'),
      cell(cause),
    ]);
  return html`<h2>Blind spans <span class="muted">what the verifier could not observe: neither success nor loss</span></h2>${table(['start', 'probe', 'for>', 'cause'], rows)}${rest > 0 ? html`<p class="note">and ${count(rest)} more</p>` : null}`;
}

function steps({ analysis, anchor }: ReportView): Html {
  if (analysis.steps.length === 0) return html``;
  const took = ({ start, end }: StepAnalysis) =>
    start === null || end === null ? '–' : length(end - start);
  return html`<h2>Upgrade steps</h2>${table(
    ['step', 'kind', 'start', 'took>', 'result', 'why'],
    analysis.steps.map((step) => [
      cell(step.name, 'word'),
      cell(step.kind),
      cell(step.start === null ? '–' : clockTime(anchor, step.start), 'nowrap'),
      cell(took(step), 'r'),
      cell(badge(step.result)),
      cell(step.why ?? '', 'prose'),
    ]),
  )}`;
}

function pods({ analysis, anchor }: ReportView): Html {
  if (analysis.pods.length === 0) return html``;
  const rest = analysis.pods.length - PODS_SHOWN;
  const rows = analysis.pods
    .slice(0, PODS_SHOWN)
    .map((pod) => [
      cell(html`<span class="mono">${pod.name}</span>`, 'word'),
      cell(html`<span title="${pod.image ?? ''}">${imageTag(pod.image)}</span>`),
      cell(pod.node ?? '–', 'nowrap'),
      cell(podStory(pod, anchor)),
    ]);
  return html`<h2>Pods</h2>${table(['pod', 'image tag', 'node', 'what it went through'], rows, 'stacked')}${rest > 0 ? html`<p class="note">and ${count(rest)} more pods</p>` : null}`;
}

/** `ready from the start, terminating 03:15:02.1, ...`: what was found at the first look did not happen then. */
function podStory({ atStart, transitions }: PodHistory, anchor: RunAnchor): string {
  const found = atStart ? transitions.filter(({ at }) => at === transitions[0]?.at) : [];
  const state = found.at(-1);
  return [
    ...(state === undefined ? [] : [`${state.what} from the start`]),
    ...transitions
      .slice(found.length)
      .map(({ at, what }) => `${what} ${clockTime(anchor, at).slice(0, 10)}`),
  ].join(', ');
}

/** A heading that ends in `>` is that of a column of figures. Of kind `stacked`, a row's cells stand below each other where it is narrow. */
function table(head: readonly string[], rows: readonly (readonly Html[])[], kind = ''): Html {
  return html`<div class="card scroll"><table class="${kind}"><thead><tr>${head.map((name) => (name.endsWith('>') ? html`<th class="r">${name.slice(0, -1)}</th>` : html`<th>${name}</th>`))}</tr></thead><tbody>${rows.map((cells) => html`<tr>${cells}</tr>`)}</tbody></table></div>`;
}

function cell(value: HtmlValue, kind = ''): Html {
  return html`<td class="${kind}">${value}</td>`;
}

function badge(word: string): Html {
  return html`<span class="badge ${word}">${word}</span>`;
}
