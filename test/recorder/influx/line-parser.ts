/** A point as a store holds it: field values as their text in line protocol (`5i`, `0.5`, `"text"`, `t`). */
export type StoredPoint = {
  readonly measurement: string;
  /** Measurement and tags, sorted and unescaped. */
  readonly series: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, string>>;
  readonly time: string;
};

const FIELD_VALUE = /^(?:-?\d+i|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|t|f|true|false|"(?:[^"\\]|\\.)*")$/is;

/**
 * One line of line protocol (https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/) → a point, or what is wrong with it. Stricter than InfluxDB: the time must
 * stand there, and is ns of this century.
 */
export function parseLine(line: string): StoredPoint | string {
  const head = split(line, ' ', false)[0] ?? '';
  const [fieldText = '', time = '', ...more] = split(line.slice(head.length + 1), ' ', true);
  if (fieldText === '' || time === '' || more.length > 0) return 'missing fields or time';
  const [measurement = '', ...tagTexts] = split(head, ',', false);
  const tags: Record<string, string> = {};
  for (const text of tagTexts) {
    const [key = '', value = '', ...rest] = split(text, '=', false);
    if (key === '' || value === '' || rest.length > 0) return `bad tag ${text}`;
    if (key in tags) return `duplicate tag ${key}`;
    tags[unescaped(key)] = unescaped(value);
  }
  const fields: Record<string, string> = {};
  for (const text of split(fieldText, ',', true)) {
    const at = text.indexOf('=');
    const [key, value] = [text.slice(0, at), text.slice(at + 1)];
    if (at < 1 || !FIELD_VALUE.test(value)) return `invalid field format ${text}`;
    if (/i$/.test(value) && !fits(value.slice(0, -1))) return `int overflow ${text}`;
    fields[unescaped(key)] = value;
  }
  if (!/^1[5-9]\d{17}$/.test(time)) return `bad timestamp ${time}`;
  const series = [
    unescaped(measurement),
    ...Object.entries(tags)
      .map(([k, v]) => `${k}=${v}`)
      .sort(),
  ];
  return {
    measurement: unescaped(measurement),
    series: JSON.stringify(series),
    tags,
    fields,
    time,
  };
}

function fits(digits: string): boolean {
  const value = BigInt(digits);
  return BigInt.asIntN(64, value) === value;
}

/** Splits where `separator` is neither escaped by a backslash nor, among fields, between double quotes; in tags these mean nothing. */
function split(text: string, separator: string, quotes: boolean): string[] {
  const parts: string[] = [''];
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === '\\') {
      parts.push(`${parts.pop() ?? ''}${char}${text.charAt(++at)}`);
    } else if (char === separator && !quoted) parts.push('');
    else {
      // A quote follows "=", or ends what began so.
      if (quotes && char === '"' && (quoted || text.charAt(at - 1) === '=')) quoted = !quoted;
      parts.push(`${parts.pop() ?? ''}${char}`);
    }
  }
  return parts;
}

function unescaped(text: string): string {
  return text.replace(/\\([,= ])/g, '$1');
}
