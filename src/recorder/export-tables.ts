import { wall } from './views.ts';

/** One file of an export: its name without the ending, and the query whose rows it has. */
export type ExportTable = { readonly name: string; readonly query: string };

const ms = (column: string, name: string) => `${column} / 1e6 AS ${name}`;

/** A file each; docs/export.md documents them, and a test compares both. Over the tables of a run file and the views of views.ts. */
export function exportTables(schema: number): readonly ExportTable[] {
  return [
    { name: 'attempts', query: 'SELECT * FROM attempts' },
    { name: 'timings', query: timings(schema) },
    {
      name: 'events',
      query: `SELECT ${wall('at_ns')} AS time, ${wall('end_ns')} AS until, kind, what, subject_kind, subject, subject_uid, probe,
        target, server_time, detail FROM events ORDER BY at_ns, rowid`,
    },
    { name: 'outages', query: 'SELECT * FROM outages ORDER BY first, probe, target' },
    {
      name: 'latency_by_phase',
      query: 'SELECT * FROM latency_by_phase ORDER BY probe, target, phase',
    },
    { name: 'timeline', query: 'SELECT * FROM timeline ORDER BY time' },
    {
      name: 'phases',
      query: `SELECT phase, ${wall('start_ns')} AS start, ${wall('until_ns')} AS until FROM phases ORDER BY start_ns`,
    },
    {
      name: 'probes',
      query: 'SELECT name AS probe, kind, control, engine FROM probes ORDER BY probe_id',
    },
    {
      name: 'targets',
      query: `SELECT p.name AS probe, t.name AS target, ${ms('t.interval_ns', 'interval_ms')}, ${ms('t.timeout_ns', 'timeout_ms')},
        ${ms('t.offset_ns', 'offset_ms')} FROM targets t JOIN probes p USING (probe_id) ORDER BY t.target_id`,
    },
    { name: 'steps', query: 'SELECT step_index, name, kind FROM steps ORDER BY step_index' },
    {
      name: 'objectives',
      query: 'SELECT objective_index, text FROM objectives ORDER BY objective_index',
    },
    { name: 'meta', query: 'SELECT key, value FROM meta ORDER BY key' },
  ];
}

/** The stages of an attempt with its names and what became of it. Version 1 recorded none: the file is there, and empty. */
function timings(schema: number): string {
  const stages =
    schema === 1
      ? `(SELECT target_id, seq, NULL::BIGINT AS dns_ns, NULL::BIGINT AS connect_ns, NULL::BIGINT AS tls_ns,
          NULL::BIGINT AS first_byte_ns FROM samples WHERE false)`
      : 'timings';
  return `SELECT p.name AS probe, t.name AS target, g.seq, ${wall('s.due_ns')} AS due, s.outcome, s.reason,
    ${ms('s.latency_ns', 'latency_ms')}, ${ms('g.dns_ns', 'dns_ms')}, ${ms('g.connect_ns', 'connect_ms')},
    ${ms('g.tls_ns', 'tls_ms')}, ${ms('g.first_byte_ns', 'first_byte_ms')}
    FROM ${stages} g JOIN samples s USING (target_id, seq) JOIN targets t USING (target_id) JOIN probes p USING (probe_id)`;
}
