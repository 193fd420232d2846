import type { DuckDBDataChunk, DuckDBInstance } from '@duckdb/node-api';
import { CodedError } from '../errors/coded-error.ts';
import type { RunPlan } from '../model/plan.ts';
import { OUTCOMES, REASONS, type SampleBatch, STAGES } from '../model/sample.ts';
import { createBatchDraft } from './batch-draft.ts';
import { CHUNK_ROWS, readColumn, readNullable } from './chunk-columns.ts';
import { sampleLayout } from './sample-layout.ts';
import { streamChunks } from './stream-chunks.ts';

/** A run file that is open. `schema`: the version of its tables. */
export type RecordedSamples = {
  readonly instance: DuckDBInstance;
  readonly plan: RunPlan;
  readonly schema: number;
  readonly path: string;
};

/** Rows that are held at most, about 15 MB with the copy by target. */
const HELD_ROWS = 262_144;
const LEAST_BATCH_ROWS = 8192;

/**
 * All samples, those of each target in the order of recording; a batch holds rows of one probe, target by target. Memory is that of a batch for each probe,
 * however long the run: the whole is not sorted.
 */
export async function* readSamples(from: RecordedSamples): AsyncGenerator<SampleBatch> {
  const { instance, plan, schema, path } = from;
  const layout = sampleLayout(
    schema,
    plan.probes.flatMap(({ targets }) => targets),
  );
  const batchRows = Math.max(LEAST_BATCH_ROWS, Math.floor(HELD_ROWS / plan.probes.length));
  const places = plan.probes.flatMap(({ name, targets }) => {
    const draft = createBatchDraft(name, targets.length, batchRows);
    return targets.map((_, index) => ({ draft, index }));
  });
  const outcomeOf = await codesOf(from, 'outcome', OUTCOMES);
  const reasonOf = await codesOf(from, 'reason', REASONS);
  const timings =
    layout.timingsQuery === null
      ? null
      : timingsInStep(streamChunks(instance, path, layout.timingsQuery));
  try {
    for await (const chunk of streamChunks(instance, path, layout.query)) {
      const columns = layout.columns(chunk);
      const { rows, targetId, seq, details } = columns;
      let nextDetail = 0;
      for (let row = 0; row < rows; row++) {
        const id = targetId[row] ?? 0;
        const place = places[id];
        if (place === undefined) throw unknown(`target_id ${String(id)}`, path);
        const { draft, index } = place;
        const at = draft.next();
        const into = draft.columns();
        into.target[at] = index;
        into.seq[at] = seq[row] ?? 0;
        into.due[at] = columns.due[row] ?? 0;
        into.sent[at] = columns.sent[row] ?? Number.NaN;
        into.latency[at] = columns.latency[row] ?? Number.NaN;
        into.outcome[at] = outcomeOf(columns.outcome[row] ?? 0);
        into.reason[at] = reasonOf(columns.reason[row] ?? 0);
        into.flags[at] = columns.flags[row] ?? 0;
        const detail = details[nextDetail];
        if (detail?.[0] === row) {
          draft.detail(at, detail[1]);
          nextDetail++;
        }
        if (timings !== null) {
          if (timings.mustWait()) await timings.wait();
          timings.take(id, seq[row] ?? 0, (stage, ns) => {
            draft.timing(at, STAGES[stage] ?? 'dns', ns);
          });
        }
        if (!draft.isFull()) continue;
        const batch = draft.take();
        if (batch !== null) yield batch;
      }
    }
  } finally {
    await timings?.close();
  }
  for (const draft of new Set(places.map((place) => place.draft))) {
    const batch = draft.take();
    if (batch !== null) yield batch;
  }
}

/** Rows of table `timings`, taken one by one by the samples that they belong to, which come in the same order. */
function timingsInStep(chunks: AsyncGenerator<DuckDBDataChunk>) {
  const targetId = new Uint32Array(CHUNK_ROWS);
  const seq = new Uint32Array(CHUNK_ROWS);
  const stages = STAGES.map(() => new Float64Array(CHUNK_ROWS));
  let rows = 0;
  let at = 0;
  let over = false;
  return {
    /** What was fetched is used up. */
    mustWait: () => at === rows && !over,
    wait: async () => {
      const next = await chunks.next();
      over = next.done === true;
      if (next.done === true) return;
      const { value } = next;
      rows = readColumn(value, 0, targetId).length;
      readColumn(value, 1, seq);
      for (const [stage, into] of stages.entries()) readNullable(value, 2 + stage, into);
      at = 0;
    },
    take: (id: number, nth: number, each: (stage: number, ns: number) => void) => {
      if (over || targetId[at] !== id || seq[at] !== nth) return;
      for (const [stage, column] of stages.entries()) each(stage, column[at] ?? Number.NaN);
      at++;
    },
    close: async () => {
      await chunks.return(undefined);
    },
  };
}

/** Place in the file's own type → place in our list: names may have been added since. Throws for a name that this version does not know. */
async function codesOf(
  { instance, path }: RecordedSamples,
  type: 'outcome' | 'reason',
  ours: readonly string[],
): Promise<(place: number) => number> {
  const connection = await instance.connect();
  try {
    const rows = await connection.runAndReadAll(
      `SELECT unnest(enum_range(NULL::${type}))::VARCHAR`,
    );
    const names = rows.getRows().map(([name]) => String(name));
    const codes = names.map((name) => ours.indexOf(name));
    return (place) => {
      const code = codes[place] ?? -1;
      if (code === -1) throw unknown(`${type} ${String(names[place])}`, path);
      return code;
    };
  } finally {
    connection.closeSync();
  }
}

function unknown(what: string, path: string): CodedError {
  const hint = 'open it with the rollproof that wrote it, or a newer one';
  return new CodedError('run-directory', `${path}: unknown ${what}`, hint);
}
