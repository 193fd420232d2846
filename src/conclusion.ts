import { basename } from 'node:path';
import { createAnalysis } from './analysis/analysis.ts';
import type { RunMeta } from './contracts/samples.ts';
import type { RunAnalysis } from './model/analysis.ts';
import type { ExportAccount } from './model/export.ts';
import type { RunAnchor } from './model/time.ts';
import type { RunEnding } from './model/verdict.ts';
import { pathKind, writeText } from './platform/files.ts';
import type { RunDirectory } from './recorder/run-directory.ts';
import { openRunFile } from './recorder/run-file.ts';
import { clockTime } from './report/figures.ts';
import { reportHtml } from './report/html.ts';
import { verdictFile } from './report/json.ts';
import { junitXml } from './report/junit.ts';
import { type ReportView, reportView } from './report/view.ts';
import { judge } from './verdict/judge.ts';

/** What was analysed → judged, as every report shows it. */
export function conclude(input: {
  readonly analysis: RunAnalysis;
  readonly objectives: readonly string[];
  readonly ending: RunEnding;
  readonly anchor: RunAnchor;
  readonly version: string;
  readonly exported: ExportAccount | null;
  readonly directory: string;
}): ReportView {
  const { analysis, objectives, ending, anchor, version, exported, directory } = input;
  const judgement = judge(analysis, objectives, ending, (at) => clockTime(anchor, at));
  return reportView({
    analysis,
    judgement,
    anchor,
    rollproofVersion: version,
    exported,
    directory,
  });
}

/** Writes verdict.json, junit.xml and report.html of a run. Rejects with the system's error at the first that cannot be written. */
export async function writeReports(directory: RunDirectory, view: ReportView): Promise<void> {
  for (const [path, text] of reportFiles(directory, view)) await writeText(path, text());
}

/** Writes those that are not there yet, and resolves with their names. */
export async function writeMissingReports(
  directory: RunDirectory,
  view: ReportView,
): Promise<readonly string[]> {
  const written: string[] = [];
  for (const [path, text] of reportFiles(directory, view)) {
    if ((await pathKind(path)) !== null) continue;
    await writeText(path, text());
    written.push(basename(path));
  }
  return written;
}

function reportFiles(
  directory: RunDirectory,
  view: ReportView,
): readonly (readonly [path: string, text: () => string])[] {
  return [
    [directory.verdict, () => `${JSON.stringify(verdictFile(view), null, 2)}\n`],
    [directory.junit, () => junitXml(view)],
    [directory.report, () => reportHtml(view)],
  ];
}

/**
 * Folds a recorded run once more, by the same code that folded it live. A run file without an end (the verifier was
 * killed) gives the verdict `interrupted`. Throws `run-directory` when it cannot be read.
 */
export async function concludeRecorded({
  runFile,
  path,
}: Pick<RunDirectory, 'runFile' | 'path'>): Promise<ReportView> {
  const reader = await openRunFile(runFile);
  try {
    const { plan, anchor, ended, rollproofVersion } = reader.meta;
    const analysis = createAnalysis(plan);
    for await (const event of reader.events()) analysis.event(event);
    for await (const batch of reader.batches()) analysis.samples(batch);
    return conclude({
      analysis: analysis.finish({ complete: ended !== null }),
      objectives: plan.objectives,
      ending: endingOf(ended),
      anchor,
      version: rollproofVersion,
      exported: reader.exported,
      directory: path,
    });
  } finally {
    reader.close();
  }
}

function endingOf(ended: RunMeta['ended']): RunEnding {
  if (ended === null) return { kind: 'interrupted' };
  const why = ended.why ?? 'the run file does not say why';
  switch (ended.ending) {
    case 'complete':
      return { kind: 'complete' };
    case 'step-failed':
      return { kind: 'step-failed', why };
    case 'verifier-failed':
      return { kind: 'verifier-failed', why };
    default:
      return { kind: 'interrupted' };
  }
}
