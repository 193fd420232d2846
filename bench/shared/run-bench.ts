import { cpus, release } from 'node:os';
import { parseArgs } from 'node:util';
import { type MustHold, printMustHolds } from './must-hold.ts';
import { startOthersShare } from './others-share.ts';

/** `seconds` is null where the command line names none. */
export type BenchOptions = { readonly rounds: number; readonly seconds: number | null };
export type BenchPart = (options: BenchOptions) => Promise<readonly MustHold[]>;

/**
 * The command line of a bench: `--long` runs the long part alone, else all parts or those of `--only PART,...`; `--rounds N`, `--seconds N`. Prints
 * the machine, the tables and a line for each promise; exit code 1 when one does not hold, or when there was nothing to hold.
 */
export async function runBench(bench: {
  readonly parts: Readonly<Record<string, BenchPart>>;
  readonly long: BenchPart;
}): Promise<void> {
  const { values } = parseArgs({
    options: {
      long: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string' },
    },
  });
  const seconds = values.seconds === undefined ? null : Number(values.seconds);
  const options = { rounds: Number(values.rounds), seconds };
  const only = values.only === '' ? Object.keys(bench.parts) : values.only.split(',');
  const chosen = values.long ? [bench.long] : only.map((name) => partOf(bench.parts, name));
  const [cpu] = cpus();
  console.log(
    `${String(cpus().length)} x ${cpu?.model ?? 'unknown'}, Linux ${release()}, Node ${process.version}, ${new Date().toISOString()}`,
  );
  const holds: MustHold[] = [];
  for (const part of chosen) {
    const othersShare = startOthersShare();
    holds.push(...(await part(options)));
    console.log(
      `\nMeanwhile other processes used ${(othersShare() * 100).toFixed(0)} % of the machine.`,
    );
  }
  console.log();
  printMustHolds(holds);
  process.exitCode = holds.length > 0 && holds.every((one) => one.holds) ? 0 : 1;
}

function partOf(parts: Readonly<Record<string, BenchPart>>, name: string): BenchPart {
  const part = parts[name];
  if (part === undefined) {
    throw new Error(`no part ${name}: there are ${Object.keys(parts).join(', ')}`);
  }
  return part;
}
