import type { DuckDBConnection, DuckDBDataChunk } from '@duckdb/node-api';
import type { RunMeta } from '../../contracts/samples.ts';
import { rowToEvent } from '../event-row.ts';
import { SCHEDULED } from '../scheduled.ts';
import { eventLines } from './event-line.ts';
import { type Position, recordedPoints, sampleTable } from './position.ts';
import { type SampleRow, sampleLines } from './sample-line.ts';
import { createTimeline } from './timeline.ts';

/** Points as lines, in the order recorded; `from` is the position of the first. */
export type Batch = {
  readonly of: keyof Position;
  readonly from: number;
  readonly lines: readonly string[];
};

/**
 * The points of a run, read over a connection of its own: each sample and each event is one. Nothing else knows how they lie in the run file: the rows of `samples`
 * and `events` are only ever added, so DuckDB's rowid counts them in the order in which they were recorded, and stays.
 */
export function runPoints(connection: DuckDBConnection, meta: Pick<RunMeta, 'plan' | 'anchor'>) {
  const timeline = createTimeline();
  const sampleLine = sampleLines(meta, timeline);
  const eventLine = eventLines(meta, timeline);
  let boundaries = 0;

  const recorded = () => recordedPoints(connection);
  /** Phases and steps that have begun or ended among the events before `to`. */
  const learnBoundaries = async (to: number) => {
    if (to <= boundaries) return;
    const found = await connection.runAndReadAll(
      `SELECT kind, subject, what, at_ns::DOUBLE FROM events
       WHERE kind IN ('phase', 'step') AND rowid >= ${String(boundaries)} AND rowid < ${String(to)} ORDER BY rowid`,
    );
    boundaries = to;
    for (const [kind, name, what, at] of found.getRows()) {
      timeline.add({
        kind: kind === 'phase' ? 'phase' : 'step',
        name: String(name),
        what: String(what),
        at: Number(at),
      });
    }
  };
  const events = async (from: number, to: number): Promise<Batch> => {
    const read = await connection.runAndReadAll(
      `SELECT kind, at_ns::DOUBLE, end_ns::DOUBLE, probe, target, subject_kind, subject, subject_uid, what, server_time, detail
       FROM events WHERE rowid >= ${String(from)} AND rowid < ${String(to)} ORDER BY rowid`,
    );
    const lines = read.getRows().map((row, at) => eventLine(rowToEvent(row), from + at));
    return { of: 'events', from, lines };
  };
  const samples = async (from: number, to: number): Promise<Batch> => {
    const source = (await sampleTable(connection)) === 'samples' ? PLAIN : PACKED;
    const read = await connection.run(
      `${source} WHERE rowid >= ${String(from)} AND rowid < ${String(to)} ORDER BY rowid`,
    );
    const lines: string[] = [];
    for (const chunk of await read.fetchAllChunks()) {
      for (const row of sampleRows(chunk)) lines.push(sampleLine(row));
    }
    return { of: 'samples', from, lines };
  };

  return {
    recorded,
    /**
     * The next points from a position on, at most `limit`, and null when there are none. Events come first: they are few, and what they mark is seen at once.
     */
    next: async (from: Position, limit: number): Promise<Batch | null> => {
      // The end of the samples is read before the boundaries, so that all of these that samples may fall behind are known.
      const end = await recorded();
      await learnBoundaries(end.events);
      if (from.events < end.events) {
        return await events(from.events, Math.min(end.events, from.events + limit));
      }
      if (from.samples >= end.samples) return null;
      return await samples(from.samples, Math.min(end.samples, from.samples + limit));
    },
  };
}

/** Samples of schema version 1. */
const PLAIN = `SELECT target_id, seq, due_ns::DOUBLE, sent_ns::DOUBLE, latency_ns::DOUBLE, outcome, reason, flags, detail
  FROM samples`;
const PACKED = `SELECT p.target_id, seq, due::DOUBLE, (due + lateness_ns)::DOUBLE, latency_ns::DOUBLE, outcome, reason, flags, detail
  FROM (SELECT p.rowid AS rowid, p.*, p.start_ns + ${SCHEDULED} AS due
    FROM packed_samples p JOIN targets t USING (target_id)) p`;

export type RunPoints = ReturnType<typeof runPoints>;

/** Rows of a chunk, column by column: DuckDB's own values, none copied into an array first. The row object is one, used again. */
function* sampleRows(chunk: DuckDBDataChunk): Generator<SampleRow> {
  const columns = Array.from({ length: chunk.columnCount }, (_, at) => chunk.getColumnVector(at));
  const item = (column: number, row: number) => columns[column]?.getItem(row) ?? null;
  for (let row = 0; row < chunk.rowCount; row++) {
    const number = (column: number) => item(column, row) as number | null;
    yield {
      targetId: number(0) ?? 0,
      seq: number(1) ?? 0,
      due: number(2) ?? 0,
      sent: number(3),
      latency: number(4),
      outcome: item(5, row) as string,
      reason: item(6, row) as string,
      flags: number(7) ?? 0,
      detail: item(8, row) as string | null,
    };
  }
}
