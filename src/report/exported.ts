import { type ExportAccount, missingPoints } from '../model/export.ts';
import { count, plural } from './figures.ts';

/** What every format says of the points in the time-series store. */
export type ExportedView = ExportAccount & {
  readonly missing: number;
  /** `InfluxDB at http://…, bucket upgrades: 1,200 points recorded, 1,200 sent, 1,200 accepted`. */
  readonly summary: string;
  /** What is missing there, why, and that it is not lost; null when nothing is missing. */
  readonly shortfall: string | null;
  /** What sends the missing points later; null when nothing is missing or no sending would help. */
  readonly command: string | null;
};

/** `directory`: of the run, as the command line names it. */
export function exportedView(account: ExportAccount, directory: string): ExportedView {
  const { url, bucket, recorded, sent, accepted, refused, firstRefusal, problem } = account;
  const missing = missingPoints(account);
  const left = missing - refused;
  const parts = [
    left === 0
      ? null
      : `${plural(left, 'point')} not there yet${problem === null ? '' : `: ${problem}`}`,
    refused === 0 ? null : `${count(refused)} refused by the store: ${firstRefusal ?? ''}`,
  ].filter((part) => part !== null);
  return {
    ...account,
    missing,
    summary:
      `InfluxDB at ${url}, bucket ${bucket}: ${plural(recorded, 'point')} recorded, ` +
      `${count(sent)} sent, ${count(accepted)} accepted`,
    shortfall: missing === 0 ? null : `${parts.join('; ')} (the run file has them all)`,
    command:
      missing === 0
        ? null
        : `rollproof export ${quoted(directory)} --to influx${left === 0 ? ' --again' : ''}`,
  };
}

/** A word of a shell's command line. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
