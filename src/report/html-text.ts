import { printable } from './names.ts';

/** Markup that may stand in a page as it is. Made by `html` only, which escapes everything that is not markup already. */
export type Html = { readonly markup: string };

export type HtmlValue = Html | string | number | null | readonly HtmlValue[];

/** html`<b>${'a < b'}</b>` → <b>a &lt; b</b>. Null is nothing, a list is its items one after the other. */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return {
    markup: parts.reduce((text, part, nth) => text + markupOf(values[nth - 1] ?? null) + part),
  };
}

function markupOf(value: HtmlValue): string {
  if (value === null) return '';
  if (typeof value === 'string') return escaped(value);
  if (typeof value === 'number') return String(value);
  return 'markup' in value ? value.markup : value.map(markupOf).join('');
}

function escaped(text: string): string {
  return printable(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
