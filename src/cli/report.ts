import { concludeRecorded } from '../conclusion.ts';
import { EXIT } from '../errors/exit-codes.ts';
import { openRunDirectory } from '../recorder/run-directory.ts';
import { reportHtml } from '../report/html.ts';
import { verdictFile } from '../report/json.ts';
import { junitXml } from '../report/junit.ts';
import { reportMarkdown } from '../report/markdown.ts';
import { summaryText } from '../report/text.ts';
import type { ReportView } from '../report/view.ts';
import type { CliDependencies } from './dependencies.ts';

export const REPORT_FORMATS = ['text', 'json', 'junit', 'html', 'markdown'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/**
 * `rollproof report RUN`: prints a recorded run, analysed and judged anew from its samples. Exit code 0 when the report
 * could be made, whatever the verdict in it.
 */
export async function report(
  args: { readonly run: string; readonly format: ReportFormat },
  { terminal }: CliDependencies,
): Promise<number> {
  const directory = await openRunDirectory(args.run);
  const view = await concludeRecorded(directory);
  terminal.out(ended(render(view, args.format, terminal)));
  return EXIT.pass;
}

function render(
  view: ReportView,
  format: ReportFormat,
  { color, width }: CliDependencies['terminal'],
): string {
  switch (format) {
    case 'text':
      return summaryText(view, { color: color.out, width });
    case 'json':
      return JSON.stringify(verdictFile(view), null, 2);
    case 'junit':
      return junitXml(view);
    case 'html':
      return reportHtml(view);
    case 'markdown':
      return reportMarkdown(view);
  }
}

function ended(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`;
}
