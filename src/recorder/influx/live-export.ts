import type { DuckDBConnection } from '@duckdb/node-api';
import type { RunMeta } from '../../contracts/samples.ts';
import { CodedError, messageOf } from '../../errors/coded-error.ts';
import type { ExportAccount } from '../../model/export.ts';
import type { InfluxSettings } from '../../model/scenario.ts';
import { type DurationNs, NS_PER_MS } from '../../model/time.ts';
import type { Logger } from '../../platform/log.ts';
import { after, sleep } from '../../platform/timers.ts';
import { openExporter } from './exporter.ts';
import { type InfluxStore, influxStore } from './store.ts';

/** A store that the run will write to, and what stands in the way now; null when nothing does. */
export type OpenedStore = { readonly store: InfluxStore; readonly problem: string | null };

/** The answer to the first request is waited for so long: the run has not begun. */
const TRY_OUT_MS = 10_000;

/**
 * Finds out whether the store can be written to, before anything is upgraded. Throws `store-config` when a setting is missing, and `store-unwritable`
 * when it is required and cannot be written to.
 */
export async function openStore(
  settings: InfluxSettings,
  env: Readonly<Record<string, string | undefined>>,
): Promise<OpenedStore> {
  const store = influxStore(settings, env);
  const { kind, message } = await store.tryOut(AbortSignal.timeout(TRY_OUT_MS));
  if (kind === 'accepted') return { store, problem: null };
  if (!settings.required) return { store, problem: message };
  await store.close();
  throw new CodedError(
    'store-unwritable',
    message,
    'mend it, or leave "required" out: the run file has every sample, and rollproof export sends them later',
  );
}

export type LiveExport = {
  /** Ends sending; what is under way is broken off, and sent again later. Resolves when the connection to the run file is idle. */
  readonly pause: () => Promise<void>;
  /** Sends what is left for at most so long, and gives the connection back. */
  readonly finish: (catchUpNs: DurationNs) => Promise<ExportAccount>;
};

const BATCH_POINTS = 10_000;
/** Pause after each batch, ms: what is exported beside the probes must leave them the machine. */
const REST_MS = 100;
/** Pause when everything recorded so far is sent, ms. The recorder commits twice a second. */
const IDLE_MS = 500;

/**
 * Exports a run while it is recorded, over a connection of its own to the run file. Whatever happens in it, the run goes on: what cannot be sent or read is
 * logged, and said in the account.
 */
export async function startLiveExport(
  connection: DuckDBConnection,
  meta: Pick<RunMeta, 'plan' | 'anchor'>,
  { store, problem }: OpenedStore,
  log: Logger,
): Promise<LiveExport> {
  const exporter = await openExporter(connection, meta, store, { batchPoints: BATCH_POINTS, log });
  if (problem !== null) {
    log.warn({}, problem);
    await exporter.note(problem);
  }
  const paused = new AbortController();
  let broken: string | null = null;
  let refusing = false;
  const guarded = async (doing: () => Promise<void>) => {
    try {
      await doing();
    } catch (error) {
      broken = `the export broke off: ${messageOf(error)}`;
      log.error({}, broken);
    }
  };
  const going = guarded(async () => {
    const over = () => paused.signal.aborted || refusing;
    while (!over()) {
      refusing = (await exporter.send(paused.signal, REST_MS)) === 'refusing';
      if (!over()) await sleep(IDLE_MS, paused.signal);
    }
  });
  const pause = async () => {
    paused.abort();
    await going;
  };
  return {
    pause,
    finish: async (catchUpNs) => {
      await pause();
      const late = new AbortController();
      const cancel = after(catchUpNs / NS_PER_MS, () => {
        late.abort();
      });
      if (broken === null && !refusing) {
        await guarded(async () => {
          await exporter.send(late.signal);
        });
      }
      cancel();
      const account = await exporter.account();
      connection.closeSync();
      return broken === null ? account : { ...account, problem: broken };
    },
  };
}
