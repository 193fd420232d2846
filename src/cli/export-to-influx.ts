import { CodedError } from '../errors/coded-error.ts';
import { EXIT } from '../errors/exit-codes.ts';
import { parseDuration } from '../model/duration.ts';
import { type ExportAccount, missingPoints } from '../model/export.ts';
import { NS_PER_MS } from '../model/time.ts';
import type { Logger } from '../platform/log.ts';
import { after, every } from '../platform/timers.ts';
import { openRunExport } from '../recorder/influx/export-run.ts';
import { openRunDirectory } from '../recorder/run-directory.ts';
import { count, plural } from '../report/figures.ts';
import type { CliDependencies } from './dependencies.ts';
import type { ExportOption, ExportSink } from './export-sink.ts';

const AGAIN: ExportOption = {
  flags: '--again',
  description: 'send everything, also what the store has confirmed',
  default: false,
};
const WAIT: ExportOption = {
  flags: '--wait <duration>',
  description: 'how long to wait for a store that takes nothing',
  default: '60s',
};

export const influxSink: ExportSink = {
  name: 'influx',
  summary: 'InfluxDB 2, or what speaks its write API, such as VictoriaMetrics',
  options: [AGAIN, WAIT],
  help: `INFLUX_URL, INFLUX_ORG, INFLUX_BUCKET and INFLUX_TOKEN say where to; but for the token, what is not set is
where the run was exported to last. Sending the same points again changes nothing.`,
  export: (run, options, dependencies) => {
    const { again, wait } = options as { readonly again: boolean; readonly wait: string };
    return exportToInflux({ run, again, wait }, dependencies);
  },
};

/** Points of one request. */
const BATCH_POINTS = 10_000;
const LINE_MS = 5000;

/** Sends what the store does not have yet, and says what came of it. Throws `export-incomplete` when something is missing in the end. */
async function exportToInflux(
  args: { readonly run: string; readonly again: boolean; readonly wait: string },
  { terminal, env, onTermination }: CliDependencies,
): Promise<number> {
  const waitNs = parseDuration(args.wait);
  if (waitNs === null) {
    throw new CodedError('usage', `--wait ${args.wait} is not a duration`, 'write it like 60s');
  }
  const { runFile } = await openRunDirectory(args.run);
  const stop = new AbortController();
  const listening = onTermination(() => {
    stop.abort();
  });
  const patience = createPatience(waitNs / NS_PER_MS, stop);
  let latest: ExportAccount | null = null;
  const nothing = { url: null, org: null, bucket: null, token: null };
  const opened = await openRunExport(runFile, nothing, env, {
    batchPoints: BATCH_POINTS,
    log: printed(terminal.err),
    onProgress: (account) => {
      latest = account;
      patience.seen(account.accepted + account.refused);
    },
  });
  const endLines = every(LINE_MS, () => {
    if (latest !== null) terminal.err(`${progressLine(latest)}\n`);
  });
  try {
    const { exporter } = opened;
    if (args.again) await exporter.restart();
    await exporter.send(stop.signal);
    const account = await exporter.account();
    terminal.out(`${summary(account)}\n`);
    if (missingPoints(account) > 0) throw incomplete(account);
    return EXIT.pass;
  } finally {
    endLines();
    patience.end();
    listening();
    await opened.close();
  }
}

/** Aborts when nothing was settled for `ms`. */
function createPatience(ms: number, stop: AbortController) {
  let settled = -1;
  const expire = () => {
    stop.abort();
  };
  let cancel = after(ms, expire);
  return {
    seen: (now: number) => {
      if (now === settled) return;
      settled = now;
      cancel();
      cancel = after(ms, expire);
    },
    end: () => {
      cancel();
    },
  };
}

function progressLine({ accepted, recorded, problem }: ExportAccount): string {
  const waiting = problem === null ? '' : `; waiting: ${problem}`;
  return `${count(accepted)} of ${count(recorded)} points accepted${waiting}`;
}

function summary({ url, bucket, recorded, accepted, refused }: ExportAccount): string {
  return (
    `${url}, bucket ${bucket}: ${plural(recorded, 'point')} recorded, ${count(accepted)} accepted, ` +
    `${count(refused)} refused`
  );
}

function incomplete(account: ExportAccount): CodedError {
  const { refused, firstRefusal, problem, bucket } = account;
  const missing = missingPoints(account);
  const left = missing - refused;
  const parts = [
    left === 0
      ? null
      : `${plural(left, 'point')} could not be sent: ${problem ?? 'it was stopped'}`,
    refused === 0 ? null : `the store refused ${plural(refused, 'point')}: ${firstRefusal ?? ''}`,
  ];
  return new CodedError(
    'export-incomplete',
    `${plural(missing, 'point')} of the run are not in bucket ${bucket}; ${parts.filter((part) => part !== null).join('; ')}`,
    left === 0
      ? 'mend the bucket or use another (INFLUX_BUCKET), then export with --again: what the store refused is not sent a second time by itself'
      : 'the points are in the run file; the same command sends what is missing',
  );
}

function printed(err: (text: string) => void): Logger {
  const line = (_: unknown, message: string) => {
    err(`${message}\n`);
  };
  return { info: line, warn: line, error: line, flush: () => undefined };
}
