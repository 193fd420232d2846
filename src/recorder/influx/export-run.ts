import { DuckDBInstance } from '@duckdb/node-api';
import type { RunMeta } from '../../contracts/samples.ts';
import type { ExportAccount } from '../../model/export.ts';
import type { InfluxSettings } from '../../model/scenario.ts';
import { runFileError } from '../run-file-error.ts';
import { readMeta } from '../run-meta.ts';
import { lastExport } from './cursor.ts';
import { type Exporter, type ExportOptions, openExporter } from './exporter.ts';
import { type InfluxStore, influxStore } from './store.ts';

export type RunExport = {
  readonly meta: RunMeta;
  readonly store: InfluxStore;
  readonly exporter: Exporter;
  readonly close: () => Promise<void>;
};

/**
 * Opens a run that has ended, also one that was killed, to be exported: for writing, because the cursor is in the run file. What the settings leave open
 * comes from the environment, and then from the store that it was exported to last. Throws `run-directory` and `store-config`.
 */
export async function openRunExport(
  path: string,
  settings: Pick<InfluxSettings, 'url' | 'org' | 'bucket' | 'token'>,
  env: Readonly<Record<string, string | undefined>>,
  options: ExportOptions,
): Promise<RunExport> {
  try {
    const instance = await DuckDBInstance.create(path, { memory_limit: '512MB' });
    try {
      const connection = await instance.connect();
      const { meta } = await readMeta(connection, path);
      const last = await lastExport(connection);
      const store = influxStore(settings, withLast(env, last));
      const exporter = await openExporter(connection, meta, store, options);
      const close = async () => {
        await store.close();
        connection.closeSync();
        instance.closeSync();
      };
      return { meta, store, exporter, close };
    } catch (error) {
      instance.closeSync();
      throw error;
    }
  } catch (error) {
    throw runFileError('opening the run file to export it', path, error);
  }
}

function withLast(
  env: Readonly<Record<string, string | undefined>>,
  last: ExportAccount | null,
): Readonly<Record<string, string | undefined>> {
  if (last === null) return env;
  const { INFLUX_URL, INFLUX_ORG, INFLUX_BUCKET } = env;
  return {
    ...env,
    INFLUX_URL: INFLUX_URL ?? last.url,
    INFLUX_ORG: INFLUX_ORG ?? last.org,
    INFLUX_BUCKET: INFLUX_BUCKET ?? last.bucket,
  };
}
