const COLOUR = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');

/** Signs a terminal shows: colour sequences take no room. */
export function visibleLength(text: string): number {
  return Array.from(text.replace(COLOUR, '')).length;
}

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - visibleLength(text)));
}

export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - visibleLength(text))) + text;
}

/** Words over lines of at most `width`, each after `indent`; a word that is too long for a line is cut into pieces. */
export function wrap(text: string, width: number, indent = ''): string[] {
  const room = Math.max(8, width - visibleLength(indent));
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap((one) => pieces(one, room))) {
    if (line !== '' && visibleLength(line) + 1 + visibleLength(word) > room) {
      lines.push(indent + line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  if (line !== '') lines.push(indent + line);
  return lines;
}

function pieces(word: string, room: number): string[] {
  const signs = Array.from(word);
  if (visibleLength(word) <= room) return [word];
  const parts: string[] = [];
  for (let at = 0; at < signs.length; at += room) parts.push(signs.slice(at, at + room).join(''));
  return parts;
}

/** Rows of cells → lines with columns as wide as their widest cell; `l` or `r` for each column in `align`. */
export function columns(rows: readonly (readonly string[])[], align: string, gap = 2): string[] {
  const widths = Array.from(align).map((_, column) =>
    Math.max(0, ...rows.map((row) => visibleLength(row[column] ?? ''))),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        if (align[column] === 'r') return padStart(cell, width);
        return column === row.length - 1 ? cell : padEnd(cell, width);
      })
      .join(' '.repeat(gap)),
  );
}
