import type { Document, YAMLError } from 'yaml';
import { type Place, problemAt, type ScenarioProblem } from './problem.ts';

/** The parser's own errors, the first of each line: one slip makes several. */
export function syntaxProblems(
  document: Document.Parsed,
  text: string,
  placeOf: (offset: number) => Place,
): readonly ScenarioProblem[] {
  const byLine = new Map<number, ScenarioProblem>();
  for (const error of [...document.errors, ...document.warnings]) {
    const place = placeOf(error.pos[0]);
    if (byLine.has(place.line)) continue;
    const { message, hint } = explain(error, lineBefore(text, error.pos[1]));
    byLine.set(place.line, problemAt(place, message, hint));
  }
  const { explicit, version } = document.directives.yaml;
  if (explicit === true && version !== '1.2') {
    const message = `a scenario is YAML 1.2, not ${version}`;
    byLine.set(
      0,
      problemAt(placeOf(Math.max(0, text.indexOf('%YAML'))), message, 'remove the %YAML line'),
    );
  }
  return [...byLine.values()];
}

function explain(
  error: YAMLError,
  line: string,
): { readonly message: string; readonly hint: string | null } {
  if (error.code === 'MULTIPLE_DOCS') {
    return { message: 'a scenario is one YAML document', hint: 'remove what follows "---"' };
  }
  if (error.code === 'TAB_AS_INDENT') {
    return { message: 'a tab cannot indent YAML', hint: 'indent with spaces' };
  }
  if (error.code === 'TAG_RESOLVE_FAILED') {
    // Not quoted: a password that begins with ! reads as one.
    return { message: 'a tag that YAML does not know', hint: 'remove the tag, or quote the text' };
  }
  const message = `not valid YAML: ${error.message.split('\n')[0] ?? ''}`;
  const unquoted = line.indexOf('${') > line.search(/[{[]/);
  return {
    message,
    hint: unquoted ? `inside { } or [ ], quote a text that contains \${...}` : null,
  };
}

/** The line up to an offset, of a long one the end. */
function lineBefore(text: string, offset: number): string {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  return text.slice(Math.max(start, offset - 200), offset);
}
