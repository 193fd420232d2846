import { wallTime } from '../model/time.ts';
import {
  bounds,
  clockTime,
  count,
  dateTime,
  downText,
  length,
  percent,
  plural,
  upperBound,
} from './figures.ts';
import { printable } from './names.ts';
import { noteText } from './notes.ts';
import { tokenMatrix } from './token-matrix.ts';
import { condense, type ProbeView, type ReportView } from './view.ts';

const TARGETS_SHOWN = 20;
const OUTAGES_SHOWN = 50;
const NOTES_SHOWN = 20;

/** The report as Markdown (GitHub's tables), for a comment on a change or a CI's job summary. */
export function reportMarkdown(view: ReportView): string {
  const { analysis, judgement, anchor } = view;
  const { verdict, exitCode, why } = judgement;
  const blocks = [
    `# ${text(analysis.scenario)}: ${verdict}`,
    why === null ? null : text(why),
    `Run ${text(analysis.run)}, ${dateTime(anchor, view.start)}, ${length(view.end - view.start)}, exit code ${String(exitCode)}.`,
    '## Objectives',
    table(
      ['objective', 'verdict', 'observed', 'why'],
      judgement.objectives.map((row) => [row.text, row.verdict, row.observed, row.why ?? '']),
    ),
    ...probeTables(view),
    ...outageTable(view),
    ...section(
      '## Blind',
      ['probe', 'from', 'for', 'cause'],
      analysis.blind.map(({ probe, start, end, cause }) => [
        probe,
        clockTime(anchor, start),
        length(end - start),
        cause,
      ]),
    ),
    ...section(
      '## Steps',
      ['step', 'kind', 'start', 'took', 'result', 'why'],
      analysis.steps.map(({ name, kind, start, end, result, why: reason }) => [
        name,
        kind,
        start === null ? '–' : clockTime(anchor, start),
        start === null || end === null ? '–' : length(end - start),
        result,
        reason ?? '',
      ]),
    ),
    ...exportBlock(view),
    `rollproof ${text(view.rollproofVersion)}; times are UTC from ${wallTime(anchor, view.start)}.`,
  ];
  return `${blocks.filter((block) => block !== null).join('\n\n')}\n`;
}

function exportBlock({ exported }: ReportView): string[] {
  if (exported === null) return [];
  const { summary, shortfall, command } = exported;
  return [
    '## Time-series store',
    `${text(summary)}.`,
    ...(shortfall === null ? [] : [`**${text(shortfall)}**`]),
    ...(command === null ? [] : [`Send them: ${text(command)}`]),
  ];
}

function probeTables(view: ReportView): string[] {
  return view.probes.flatMap((probe) => {
    const { shown, rest } = condense(probe, TARGETS_SHOWN);
    const engine = probe.engine === null ? '' : `, ${text(probe.engine)}`;
    const head = `## ${text(probe.name)} (${text(probe.kind)}${engine}${probe.control ? ', control' : ''})`;
    const targets = table(
      [
        'target',
        'due',
        'ok',
        'lost',
        'failed',
        'unsent',
        'loss',
        'below (95%)',
        'sees',
        'p99 baseline',
        'upgrade',
      ],
      shown.map((target) => [
        target.name,
        ...[target.counts.due, target.counts.ok, target.counts.lost, target.counts.failed].map(
          count,
        ),
        count(target.counts.unsent),
        percent(target.lossPct),
        upperBound(target.lossUpperBoundPct),
        length(target.resolutionNs),
        length(target.latency.baseline?.p99 ?? null),
        length(target.latency.upgrade?.p99 ?? null),
      ]),
    );
    const workloads = table(
      ['workload', 'fewest ready', 'required', 'replicas', 'restarts'],
      probe.workloads.map(({ kind, name, readyMin, floor, desired, restarts }) => [
        `${kind} ${name}`,
        ...[readyMin, floor, desired, restarts].map((value) =>
          value === null ? '–' : count(value),
        ),
      ]),
    );
    return [
      head,
      ...(shown.length > 0 ? [targets] : []),
      ...(rest === null ? [] : [`${rest}.`]),
      ...(probe.workloads.length > 0 ? [workloads] : []),
      ...replicaTables(probe, view),
      ...section(
        `### Notes of ${text(probe.name)}`,
        ['at', 'target', 'note'],
        probe.notes
          .filter((note) => noteText(note).notable)
          .slice(0, NOTES_SHOWN)
          .map((note) => [clockTime(view.anchor, note.at), note.target ?? '', noteText(note).text]),
      ),
    ];
  });
}

function replicaTables(probe: ProbeView, { anchor }: ReportView): string[] {
  const matrix = tokenMatrix(probe, anchor);
  return [
    ...section(
      `### Replicas of ${text(probe.name)}, asked directly (not judged)`,
      ['replica', 'answered', 'not', 'p50', 'p99', 'when it did not answer'],
      probe.replicas.map(({ kind, name, ok, unsuccessful, latency, down }) => [
        `${kind} ${name}`,
        count(ok),
        count(unsuccessful),
        length(latency?.p50 ?? null),
        length(latency?.p99 ?? null),
        downText(down, anchor),
      ]),
    ),
    ...(matrix === null
      ? []
      : section(
          '### Tokens: issued by the replica on the left, validated at the one above',
          ['issued by', ...matrix.validators.map(text)],
          matrix.rows.map(({ issuedBy, before, cells }) => [
            before ? `${issuedBy}, before the upgrade` : issuedBy,
            ...cells.map((one) => one.text),
          ]),
        )),
  ];
}

function outageTable(view: ReportView): string[] {
  const { anchor, outages } = view;
  const rest = outages.length - OUTAGES_SHOWN;
  return [
    ...section(
      '## Outages',
      ['start', 'probe', 'target', 'length', 'samples', 'reason', 'phase', 'step', 'suspects'],
      outages.slice(0, OUTAGES_SHOWN).map((outage) => [
        clockTime(anchor, outage.start),
        outage.probe,
        outage.target,
        bounds(outage.atLeastNs, outage.atMostNs),
        count(outage.samples),
        outage.sharedWith === null
          ? outage.reason
          : `${outage.reason}, shared with ${outage.sharedWith}`,
        outage.phase ?? '–',
        outage.step ?? '–',
        outage.suspects
          .slice(0, 3)
          .map(({ kind, name, what, at }) => `${kind} ${name} ${what} ${clockTime(anchor, at)}`)
          .join('; '),
      ]),
    ),
    ...(rest > 0 ? [`and ${plural(rest, 'more outage')}.`] : []),
  ];
}

function section(title: string, head: readonly string[], rows: readonly (readonly string[])[]) {
  return rows.length === 0 ? [] : [title, table(head, rows)];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = line(head.map(() => '---'));
  return [line(head), rule, ...rows.map((cells) => line(cells.map(text)))].join('\n');
}

/** Text from elsewhere as plain text: nothing in it is markup, a link or the end of a cell. */
function text(raw: string): string {
  return printable(raw)
    .replace(/[\\`*_{}[\]<>()#|~!]/g, String.raw`\$&`)
    .replace(/&/g, '&amp;')
    .replace(/:\/\//g, ':\u200B//')
    .replace(/@/g, '@\u200B');
}
