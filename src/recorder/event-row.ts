import type { DuckDBAppender } from '@duckdb/node-api';
import type { EventKind, Json, RunEvent } from '../model/event.ts';

/** Appends one event to the appender of table `events`, columns in the table's order. */
export function appendEvent(appender: DuckDBAppender, event: RunEvent): void {
  const text = (value: string | null) => {
    if (value === null) appender.appendNull();
    else appender.appendVarchar(value);
  };
  text(event.kind);
  appender.appendBigInt(BigInt(Math.round(event.at)));
  if (event.end === null) appender.appendNull();
  else appender.appendBigInt(BigInt(Math.round(event.end)));
  text(event.probe);
  text(event.target);
  text(event.subject?.kind ?? null);
  text(event.subject?.name ?? null);
  text(event.subject?.uid ?? null);
  text(event.what);
  text(event.serverTime);
  text(JSON.stringify(event.detail));
  appender.endRow();
}

/** What `rowToEvent` reads, in its order; the order of the rows is by time, then as recorded. */
export const EVENTS_QUERY = `
  SELECT kind, at_ns::DOUBLE, end_ns::DOUBLE, probe, target, subject_kind, subject, subject_uid, what, server_time, detail
  FROM events ORDER BY at_ns, rowid`;

/** A row of EVENTS_QUERY → an event. */
export function rowToEvent(row: readonly unknown[]): RunEvent {
  const text = (column: number) => {
    const { [column]: value } = row;
    return typeof value === 'string' ? value : null;
  };
  const time = (column: number) => {
    const { [column]: value } = row;
    return typeof value === 'number' ? value : null;
  };
  const subject = text(6);
  return {
    // Written by appendEvent of this or an older version: kinds are only ever added.
    kind: (text(0) ?? 'run') as EventKind,
    at: time(1) ?? 0,
    end: time(2),
    probe: text(3),
    target: text(4),
    subject: subject === null ? null : { kind: text(5) ?? '', name: subject, uid: text(7) },
    what: text(8) ?? '',
    serverTime: text(9),
    detail: JSON.parse(text(10) ?? '{}') as { readonly [key: string]: Json },
  };
}
