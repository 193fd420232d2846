import type { TargetAnalysis } from '../model/analysis.ts';
import { PHASES } from '../model/phase.ts';
import { STAGES } from '../model/sample.ts';
import type { RunAnchor } from '../model/time.ts';
import { type Colors, colors } from './colors.ts';
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
  upperBound,
} from './figures.ts';
import { cutFront, printable } from './names.ts';
import { noteText } from './notes.ts';
import { columns, visibleLength, wrap } from './text-layout.ts';
import { type TokenCell, type TokenMatrix, tokenMatrix } from './token-matrix.ts';
import {
  condense,
  longestFirst,
  type OutageView,
  type ProbeView,
  type ReportView,
} from './view.ts';

const TARGETS_SHOWN = 6;
const OUTAGES_SHOWN = 12;
const SUSPECTS_SHOWN = 3;
const SPANS_SHOWN = 8;
const NOTES_SHOWN = 6;

/** The summary at the end of a run, as ping gives one: never wider than `width` columns, readable without colour. */
export function summaryText(
  view: ReportView,
  options: { readonly color: boolean; readonly width: number },
): string {
  const width = Math.max(60, options.width);
  const paint = colors(options.color);
  const blocks = [
    headline(view, width, paint),
    ...view.probes.map((probe) => probeBlock(probe, view.anchor, width, paint)),
    outageBlock(view, width, paint),
    blindBlock(view, width, paint),
    stepBlock(view, width, paint),
    objectiveBlock(view, width, paint),
    storeBlock(view, width, paint),
    verdictBlock(view, width, paint),
  ];
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

function headline({ analysis, anchor, start, end }: ReportView, width: number, paint: Colors) {
  const phases = analysis.phases.map(
    (span) => `${span.phase} ${length((span.end ?? end) - span.start)}`,
  );
  const line = `${dateTime(anchor, start)}, ${length(end - start)}: ${phases.join(', ')}`;
  return [...wrap(printable(analysis.scenario), width).map(paint.bold), ...wrap(line, width)];
}

function probeBlock(probe: ProbeView, anchor: RunAnchor, width: number, paint: Colors): string[] {
  const { name, kind, control, engine, workloads } = probe;
  const about = [kind === name ? null : kind, engine, control ? 'control' : null].filter(
    (part) => part !== null,
  );
  const { shown, rest } = condense(probe, TARGETS_SHOWN);
  return [
    ...wrap(
      printable(`--- ${name}${about.length === 0 ? '' : ` (${about.join(', ')})`} ---`),
      width,
    ).map(paint.bold),
    ...shown.flatMap((target) => targetLines(target, width, paint)),
    ...(rest === null ? [] : [`  ${rest}`]),
    ...workloads.flatMap((workload) => {
      const { readyMin, floor, desired, restarts } = workload;
      const known = (value: number | null) => (value === null ? '–' : count(value));
      const short = readyMin !== null && floor !== null && readyMin < floor;
      const ready = `fewest ready ${known(readyMin)} of ${known(desired)} (${known(floor)} required)`;
      const line = `${workload.kind} ${workload.name}: ${ready}, ${known(restarts)} restarts`;
      return wrap(printable(line), width, '  ').map(short ? paint.bad : (text) => text);
    }),
    ...replicaLines(probe, anchor, width, paint),
    ...noteLines(probe, anchor, width, paint),
  ];
}

/** What the replicas did when asked directly, and which of them took whose tokens: as a matrix where there is room for it. */
function replicaLines(probe: ProbeView, anchor: RunAnchor, width: number, paint: Colors): string[] {
  const { replicas } = probe;
  const matrix = tokenMatrix(probe, anchor);
  if (replicas.length === 0) return [];
  const each = replicas.flatMap(({ name, ok, unsuccessful, down }) => {
    const when = down.length === 0 ? '' : `: ${downText(down, anchor)}`;
    const line = `${name}: ${count(ok)} answered, ${count(unsuccessful)} not${when}`;
    return wrap(printable(line), width, '    ').map(unsuccessful > 0 ? paint.doubt : plainly);
  });
  return [
    '  replicas asked directly (not judged):',
    ...each,
    ...(matrix === null ? [] : matrixLines(matrix, width, paint)),
  ];
}

/** Names of one workload differ at their end. */
const SHORT_NAME = 8;
const PAIRS_SHOWN = 6;

/** A matrix where there is room for it, in full or with short names; else the pairs that were refused. */
function matrixLines(matrix: TokenMatrix, width: number, paint: Colors): string[] {
  const drawn = (name: (text: string) => string, cell: (one: TokenCell) => string) => {
    const head = ['issued by', ...matrix.validators.map((each) => `at ${name(printable(each))}`)];
    const rows = matrix.rows.map(({ issuedBy, before, cells }) => [
      `${name(printable(issuedBy))}${before ? ', before' : ''}`,
      ...cells.map(cell),
    ]);
    return columns([head, ...rows], 'l'.repeat(head.length)).map((line) => `    ${line}`);
  };
  const short = ({ state, text }: TokenCell) => (state === 'unknown' ? text : state);
  const fitting = [
    drawn(plainly, ({ text }) => text),
    drawn((name) => cutFront(name, SHORT_NAME), short),
  ].find((lines) => lines.every((line) => visibleLength(line) <= width));
  const title =
    '  tokens, by who issued them and who validated them (before: issued before the upgrade):';
  const isBad = [false, ...matrix.rows.map(({ cells }) => cells.some(isRefused))];
  if (fitting !== undefined) {
    return [
      ...wrap(title.trim(), width, '  '),
      ...fitting.map((line, row) => (isBad[row] === true ? paint.bad : plainly)(line)),
    ];
  }
  const refused = matrix.rows.flatMap(({ issuedBy, before, cells }) =>
    cells.flatMap((cell, at) =>
      isRefused(cell)
        ? [
            `${issuedBy}${before ? ', before,' : ''} at ${matrix.validators[at] ?? ''}: ${cell.text}`,
          ]
        : [],
    ),
  );
  const rest = refused.length - PAIRS_SHOWN;
  return [
    ...wrap(title.trim(), width, '  '),
    ...(refused.length === 0 ? ['    every token that was asked about was valid everywhere'] : []),
    ...refused
      .slice(0, PAIRS_SHOWN)
      .flatMap((line) => wrap(printable(line), width, '    '))
      .map(paint.bad),
    ...(rest > 0 ? [paint.bad(`    and ${plural(rest, 'more pair')} refused`)] : []),
  ];
}

function isRefused({ state }: TokenCell): boolean {
  return state === 'refused';
}

function plainly(text: string): string {
  return text;
}

/** What a probe noted, where it bears on how its figures are to be read. */
function noteLines(probe: ProbeView, anchor: RunAnchor, width: number, paint: Colors): string[] {
  const notable = probe.notes.filter((note) => noteText(note).notable);
  const rest = notable.length - NOTES_SHOWN;
  return [
    ...notable.slice(0, NOTES_SHOWN).flatMap((note) => {
      const target = note.target === null ? '' : `${note.target}: `;
      const line = `note ${clockTime(anchor, note.at)}: ${target}${noteText(note).text}`;
      return wrap(printable(line), width, '  ').map(paint.doubt);
    }),
    ...(rest > 0 ? [paint.doubt(`  and ${plural(rest, 'more note')}`)] : []),
  ];
}

/** Ping's two lines, with what a "0 lost" is worth; then the latency of each phase. */
function targetLines(target: TargetAnalysis, width: number, paint: Colors): string[] {
  const { counts, late, duplicate, reordered, closedIdle } = target;
  const tally = [
    `${count(counts.due)} due`,
    `${count(counts.ok)} ok`,
    ...(['lost', 'failed', 'unsent'] as const).map((key) => `${count(counts[key])} ${key}`),
    ...(late > 0 ? [`${count(late)} late`] : []),
    ...(duplicate > 0 ? [`${count(duplicate)} duplicate`] : []),
    ...(reordered > 0 ? [`${count(reordered)} reordered`] : []),
    ...(closedIdle > 0 ? [`${count(closedIdle)} closed while idle`] : []),
    `${percent(target.lossPct)} loss`,
  ].join(', ');
  const bad = counts.lost + counts.failed > 0;
  const state = bad ? paint.bad : counts.unsent > 0 ? paint.doubt : (text: string) => text;
  return [
    ...wrap(printable(`${target.name}: ${tally}`), width, '  ').map(state),
    ...wrap(worth(target), width, '    ').map(paint.dim),
    ...latencyLines(target, width).map((line) => `    ${line}`),
    ...wrap(stageLine(target), width, '    ').filter((line) => line.trim() !== ''),
  ];
}

/** What the figures could have missed: shortest outage certain to be seen, and the bound of the loss rate. */
function worth({ resolutionNs, lossUpperBoundPct, counts }: TargetAnalysis): string {
  if (counts.ok + counts.lost + counts.failed === 0) return 'no sample that counts';
  const bound =
    lossUpperBoundPct === null ? '' : `; loss below ${upperBound(lossUpperBoundPct)} (95%)`;
  return `an outage longer than ${length(resolutionNs)} was certain to be seen${bound}`;
}

/** Where the target tells it and there is room, also from the due time: what a client would have waited that asked then. */
function latencyLines({ latency, requests }: TargetAnalysis, width: number): string[] {
  const wide = requests !== null && width >= 80;
  const rows = PHASES.flatMap((phase) => {
    const summary = latency[phase];
    if (summary === null) return [];
    const { min, mean, p50, p99, max } = summary;
    const response = wide ? requests.response[phase] : null;
    const fromDue = response === null ? [] : [response.p99, response.max];
    return [[phase, ...[min, mean, p50, p99, max, ...fromDue].map(length)]];
  });
  const fromDue = wide ? ['from due: p99', 'max'] : [];
  return rows.length === 0
    ? []
    : columns([['latency', 'min', 'mean', 'p50', 'p99', 'max', ...fromDue], ...rows], 'lrrrrrrr');
}

/** `stages, p50 and p99 of the upgrade: connect 0.2ms 0.9ms, first byte 20ms 81ms`; empty where none is told apart. */
function stageLine({ requests }: TargetAnalysis): string {
  if (requests === null) return '';
  const phase = (['upgrade', 'settle', 'baseline'] as const).find((each) =>
    STAGES.some((stage) => requests.stages[stage][each] !== null),
  );
  if (phase === undefined) return '';
  const told = STAGES.flatMap((stage) => {
    const summary = requests.stages[stage][phase];
    return summary === null
      ? []
      : [`${STAGE_NAMES[stage]} ${length(summary.p50)} ${length(summary.p99)}`];
  });
  return `stages, p50 and p99 of the ${phase}: ${told.join(', ')}`;
}

function outageBlock(view: ReportView, width: number, paint: Colors): string[] {
  const { outages } = view;
  if (outages.length === 0) return [];
  const longest = outages.toSorted(longestFirst).slice(0, OUTAGES_SHOWN);
  const shown = longest.toSorted((a, b) => a.start - b.start);
  const rest = outages.length - shown.length;
  return [
    paint.bold(`--- ${plural(outages.length, 'outage')} ---`),
    ...shown.flatMap((outage) => outageLines(outage, view, width, paint)),
    ...(rest > 0 ? [`  and ${count(rest)} more, none longer`] : []),
  ];
}

function outageLines(outage: OutageView, view: ReportView, width: number, paint: Colors): string[] {
  const { anchor } = view;
  const where = [outage.phase, outage.step === null ? null : `step ${outage.step}`];
  const shared = outage.sharedWith === null ? '' : `, shared with the control ${outage.sharedWith}`;
  const what = `${clockTime(anchor, outage.start)}  ${outage.probe} ${outage.target}: ${bounds(outage.atLeastNs, outage.atMostNs)}`;
  const why = `${outage.reason}, ${plural(outage.samples, 'sample')}${shared}`;
  const placed = where.filter((part) => part !== null).join(', ');
  const suspects = outage.suspects.slice(0, SUSPECTS_SHOWN).map(({ kind, name, what: did, at }) => {
    const apart = at - outage.start;
    return `${kind} ${name} ${did} ${length(Math.abs(apart))} ${apart < 0 ? 'before' : 'after'}`;
  });
  return [
    ...wrap(printable(what), width, '  ').map(outage.sharedWith === null ? paint.bad : paint.doubt),
    ...wrap(
      printable(
        `${why}${placed === '' ? '' : `; in ${placed}`}${outage.open ? '; not over when the run ended' : ''}`,
      ),
      width,
      '    ',
    ),
    ...suspects.flatMap((suspect, nth) => {
      const lines = wrap(printable(suspect), width, ' '.repeat(13));
      const [first = '', ...more] = lines;
      return [nth === 0 ? `    suspect: ${first.slice(13)}` : first, ...more].map(paint.dim);
    }),
  ];
}

function blindBlock({ analysis, anchor }: ReportView, width: number, paint: Colors): string[] {
  const { blind } = analysis;
  if (blind.length === 0) return [];
  const shown = blind.slice(0, SPANS_SHOWN);
  const lines = columns(
    shown.map(({ probe, start, end, cause }) => [
      clockTime(anchor, start),
      length(end - start),
      cause,
      printable(probe),
    ]),
    'lrll',
  );
  return [
    paint.bold(`--- blind: the verifier could not observe ---`),
    ...lines.flatMap((line) => wrapColumns(line, width)).map(paint.doubt),
    ...(blind.length > shown.length ? [`  and ${count(blind.length - shown.length)} more`] : []),
  ];
}

function stepBlock({ analysis, anchor }: ReportView, width: number, paint: Colors): string[] {
  if (analysis.steps.length === 0) return [];
  return [
    paint.bold('--- upgrade ---'),
    ...analysis.steps.flatMap(({ name, kind, start, end, result, why }) => {
      const took = start === null || end === null ? '' : `, ${length(end - start)}`;
      const at = start === null ? '' : ` at ${clockTime(anchor, start)}`;
      const state = result === 'ok' ? paint.good : result === 'failed' ? paint.bad : paint.doubt;
      const line = `${result.padEnd(7)}  ${name} (${kind})${at}${took}${why === null ? '' : `: ${why}`}`;
      const [first = '', ...more] = wrap(printable(line), width - 9, '');
      const rest =
        more.length === 0
          ? []
          : wrap(more.map((one) => one.trim()).join(' '), width, ' '.repeat(11));
      return [`  ${state(result.padEnd(7))}${first.slice(7)}`, ...rest];
    }),
  ];
}

function objectiveBlock({ judgement }: ReportView, width: number, paint: Colors): string[] {
  if (judgement.objectives.length === 0) return [];
  return [
    paint.bold('--- objectives, from the start of the upgrade on ---'),
    ...judgement.objectives.flatMap(({ text, verdict, observed, why }) => {
      const indent = ' '.repeat(16);
      const [first = '', ...more] = wrap(printable(`${text}: ${observed}`), width, indent);
      return [
        `  ${paint.verdict(verdict)(verdict.padEnd(12))}  ${first.slice(indent.length)}`,
        ...more,
        ...(why === null ? [] : wrap(printable(why), width, indent).map(paint.dim)),
      ];
    }),
  ];
}

function storeBlock({ exported }: ReportView, width: number, paint: Colors): string[] {
  if (exported === null) return [];
  const { summary, shortfall, command } = exported;
  return [
    paint.bold('--- time-series store ---'),
    ...wrap(printable(summary), width, '  '),
    ...(shortfall === null ? [] : wrap(printable(shortfall), width, '  ').map(paint.doubt)),
    // A command is copied as one line, however long it is.
    ...(command === null ? [] : [`  send them: ${printable(command)}`]),
  ];
}

function verdictBlock({ judgement }: ReportView, width: number, paint: Colors): string[] {
  const { verdict, exitCode, why } = judgement;
  const line = `${verdict.toUpperCase()} (exit code ${String(exitCode)})${why === null ? '' : `: ${why}`}`;
  return wrap(printable(line), width).map((text) => paint.bold(paint.verdict(verdict)(text)));
}

/** A line of columns, indented; where it is too long its words go over lines. */
function wrapColumns(line: string, width: number): string[] {
  return line.length + 2 <= width ? [`  ${line}`] : wrap(line, width, '  ');
}
