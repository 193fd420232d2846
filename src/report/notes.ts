import type { ProbeNote } from '../model/analysis.ts';
import type { Json } from '../model/event.ts';
import { count } from './figures.ts';

/** Told in every format, but in the summary on the terminal only when it is `notable`. */
export type NoteText = { readonly text: string; readonly notable: boolean };

/**
 * What a probe noted, in words:
 *
 *     api-version { from: v3.14, to: v3.15 }      → the API version changed from v3.14 to v3.15
 *     kept-alive { requests: 100, onKept: 0 }     → 0 of 100 requests went out on a connection kept alive
 */
export function noteText({ subject, what, detail }: ProbeNote): NoteText {
  const text = (key: string) => plain(detail[key] ?? null);
  switch (what) {
    case 'api-version':
      return detail['from'] === null
        ? { text: `the API version is ${text('to')}`, notable: false }
        : { text: `the API version changed from ${text('from')} to ${text('to')}`, notable: true };
    case 'kept-alive': {
      const [requests, onKept] = [Number(detail['requests']), Number(detail['onKept'])];
      return {
        text: `${count(onKept)} of ${count(requests)} requests went out on a connection kept alive`,
        // A server that keeps none makes a second series of new connections of it.
        notable: onKept < requests / 2,
      };
    }
    case 'endpoint':
      return { text: `asked is ${text('url')}, as the service catalog says`, notable: false };
    case 'endpoints-unknown':
      return {
        text: `the pods behind the Service ${subject ?? ''} could not be listed: ${text('message')}`,
        notable: true,
      };
    case 'logged-in':
    case 'token-renewed':
      return { text: withDetail(what, detail), notable: false };
    default:
      return { text: withDetail(what, detail), notable: true };
  }
}

function withDetail(what: string, detail: ProbeNote['detail']): string {
  const parts = Object.entries(detail).map(([key, value]) => `${key} ${plain(value)}`);
  return parts.length === 0 ? what : `${what} (${parts.join(', ')})`;
}

function plain(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
