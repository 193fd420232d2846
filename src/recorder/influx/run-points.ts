import type { DuckDBConnection } from '@duckdb/node-api';
import type { RunMeta } from '../../contracts/samples.ts';
import { rowToEvent } from '../event-row.ts';
import { eventLines } from './event-line.ts';
import { collectLines, type Lines } from './lines.ts';
import { type Next, recordedPoints } from './position.ts';
import { openRowReader } from './read-rows.ts';
import { sampleLines } from './sample-line.ts';
import { createTimeline } from './timeline.ts';

/** Points as lines, in the order recorded. */
export type Batch = {
  readonly of: 'samples' | 'events';
  /** Position of the first. */
  readonly from: number;
  readonly lines: Lines;
  /** Where reading goes on when the first `settled` lines are settled. */
  readonly after: (settled: number) => Next;
};

/** The points of a run, read over a connection of its own: each sample and each event is one. */
export async function openRunPoints(
  connection: DuckDBConnection,
  meta: Pick<RunMeta, 'plan' | 'anchor'>,
) {
  const rows = await openRowReader(connection, meta.plan);
  const timeline = createTimeline();
  const sampleLine = sampleLines(meta, timeline);
  const eventLine = eventLines(meta, timeline);
  const recorded = await recordedPoints(connection);
  let boundaries = 0;

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
  const events = async (from: Next, to: number): Promise<Batch> => {
    const { events: first } = from;
    const read = await connection.runAndReadAll(
      `SELECT kind, at_ns::DOUBLE, end_ns::DOUBLE, probe, target, subject_kind, subject, subject_uid, what, server_time, detail
       FROM events WHERE rowid >= ${String(first)} AND rowid < ${String(to)} ORDER BY rowid`,
    );
    const lines = collectLines(to - first);
    for (const [at, row] of read.getRows().entries()) {
      lines.add(eventLine(rowToEvent(row), first + at));
    }
    return {
      of: 'events',
      from: first,
      lines: lines.finish(),
      after: (settled) => ({ ...from, events: first + settled }),
    };
  };
  const samples = async (from: Next, to: number): Promise<Batch> => {
    const { samples: first, timings } = from;
    const collected = collectLines(to - first);
    // Which of the lines tell stages apart: so many rows of table `timings` are settled with them.
    const told: number[] = [];
    await rows.read(from, to, (row) => {
      if (row.timings !== null) told.push(collected.count());
      collected.add(sampleLine(row));
    });
    const lines = collected.finish();
    const toldBefore = (line: number) =>
      line === lines.count ? told.length : told.filter((each) => each < line).length;
    return {
      of: 'samples',
      from: first,
      lines,
      after: (settled) => ({
        ...from,
        samples: first + settled,
        timings: timings + toldBefore(settled),
      }),
    };
  };

  return {
    recorded,
    /**
     * The next points from a position on, at most `limit`, and null when there are none. Events come first: they are few, and what they mark is seen at once.
     */
    next: async (from: Next, limit: number): Promise<Batch | null> => {
      // The end of the samples is read before the boundaries, so that all of these that samples may fall behind are known.
      const end = await recorded();
      await learnBoundaries(end.events);
      if (from.events < end.events) {
        return await events(from, Math.min(end.events, from.events + limit));
      }
      if (from.samples >= end.samples) return null;
      return await samples(from, Math.min(end.samples, from.samples + limit));
    },
  };
}

export type RunPoints = Awaited<ReturnType<typeof openRunPoints>>;
