import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { concludeRecorded } from '../../src/conclusion.ts';
import type { SampleReader } from '../../src/contracts/samples.ts';
import type { RunEvent } from '../../src/model/event.ts';
import { sleep } from '../../src/platform/timers.ts';
import { openRunFile } from '../../src/recorder/run-file.ts';
import { META, readAll, scratch } from './recorded.ts';

const CHILD = fileURLToPath(new URL('fixtures/recording-child.ts', import.meta.url));

type Given = { readonly samples: number; readonly atNs: bigint; readonly lateMs: number };

/** Two recordings at once: as a probe of two thousand requests a second brings samples, and so many that DuckDB folds its log into the file again and again. */
const BURSTS = [40, 8000] as const;
const KILLS = 25;
const MS = 1_000_000n;

/**
 * Lets a child record into a file for each burst, and kills it -9 so many ms after its first lines. Resolves with what it had given to each recorder by when, and with the time of the
 * kill.
 */
async function recordAndKill(paths: readonly string[], laterMs: number) {
  const files = paths.map((path, index) => `${path}=${String(BURSTS[index] ?? BURSTS[0])}`);
  const args = ['--import', './test/loader.mjs', CHILD, ...files];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const given: Given[][] = paths.map(() => []);
  const exited = once(child, 'exit');
  let killedNs = 0n;
  let waiting = false;
  const kill = async () => {
    await sleep(laterMs);
    killedNs = process.hrtime.bigint();
    child.kill('SIGKILL');
  };
  for await (const line of createInterface({ input: child.stdout })) {
    const [index, samples, atNs, lateMs] = line.split(' ');
    if (!/^\d+ \d+ \d+ \d+$/.test(line)) throw new Error(`the recorder says: ${line}`);
    given[Number(index)]?.push({
      samples: Number(samples),
      atNs: BigInt(atNs ?? 0),
      lateMs: Number(lateMs),
    });
    if (waiting || given.some((lines) => lines.length === 0)) continue;
    waiting = true;
    void kill();
  }
  await exited;
  return { given, killedNs };
}

/** What must be on disk: given more than a second before the kill, and as much earlier as the machine held the recorder up in that time. */
function mustBeThere(given: readonly Given[], killedNs: bigint): number {
  const heldMs = given
    .filter(({ atNs }) => atNs > killedNs - 2000n * MS)
    .reduce((sum, { lateMs }) => sum + lateMs, 0);
  const before = killedNs - (1000n + BigInt(heldMs)) * MS;
  return Math.max(0, ...given.filter(({ atNs }) => atNs < before).map(({ samples }) => samples));
}

/** How many rows there are, and the first that is not what was recorded as the nth. */
async function countRows(reader: SampleReader, burst: number) {
  let rows = 0;
  let wrong: number | null = null;
  for await (const { count, seq, latency, details } of reader.batches()) {
    for (let row = 0; row < count; row++, rows++) {
      const detail = rows % burst === 0 ? `attempt ${String(rows)}` : undefined;
      const right = seq[row] === rows && latency[row] === rows && details.get(row) === detail;
      if (!right) wrong ??= rows;
    }
  }
  return { rows, wrong };
}

describe('run file of a verifier that was killed (kill -9)', function () {
  this.timeout(120_000);
  const folder = scratch();

  it(`has every sample older than a second, opens and is reported (${String(KILLS * BURSTS.length)} recordings)`, async () => {
    const seen = { required: 0, logs: 0 };
    const round = async (nth: number) => {
      const paths = BURSTS.map((_, index) =>
        join(folder(), `${String(nth)}-${String(index)}.duckdb`),
      );
      const laterMs = Math.random() * 1800;
      const { given, killedNs } = await recordAndKill(paths, laterMs);
      for (const [index, path] of paths.entries()) {
        const where = `kill ${String(nth)}, ${String(laterMs)} ms, bursts of ${String(BURSTS[index])}`;
        const required = mustBeThere(given[index] ?? [], killedNs);
        seen.required += required;
        if (existsSync(`${path}.wal`)) seen.logs++;
        const reader = await openRunFile(path);
        const found = await countRows(reader, BURSTS[index] ?? 1);
        const events: RunEvent[] = [];
        for await (const happened of reader.events()) events.push(happened);
        reader.close();
        expect(reader.meta, where).to.deep.equal({ ...META, ended: null });
        expect(found.wrong, `${where}: first wrong row`).to.equal(null);
        expect(found.rows, where).to.be.at.least(required);
        const marks = events.filter(({ what, at }) => what === 'mark' && at <= required).length;
        expect(marks, where).to.equal(required / (BURSTS[index] ?? 1));
        const { judgement } = await concludeRecorded({ path, runFile: path });
        expect(judgement.verdict, where).to.equal('interrupted');
      }
    };
    const lane = async (first: number) => {
      for (let nth = first; nth < KILLS; nth += 3) await round(nth);
    };
    await Promise.all([lane(0), lane(1), lane(2)]);
    // Else nothing was asked of it.
    expect(seen.required).to.be.greaterThan(0);
    expect(seen.logs).to.be.greaterThan(0);
  });

  it('is read without changing what is on disk, and again after that', async () => {
    const path = join(folder(), 'run.duckdb');
    const { given, killedNs } = await recordAndKill([path], 1500);
    const required = mustBeThere(given[0] ?? [], killedNs);
    expect(existsSync(`${path}.wal`), 'a log was left').to.equal(true);
    chmodSync(path, 0o444);
    chmodSync(`${path}.wal`, 0o444);
    for (const time of ['first', 'second']) {
      const reader = await openRunFile(path);
      expect((await readAll(reader)).samples.length, time).to.be.at.least(required);
      reader.close();
      expect(existsSync(`${path}.wal`), 'the log is still there').to.equal(true);
    }
  });
});

describe('a run file that two verifiers want to write', () => {
  const folder = scratch();

  it('is written by one; the other is told', async () => {
    const path = join(folder(), 'run.duckdb');
    const start = () =>
      spawn(process.execPath, ['--import', './test/loader.mjs', CHILD, `${path}=10`], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
    const children = Array.from({ length: 3 }, start);
    const ended = children.map((child) => once(child, 'exit'));
    const first = await Promise.all(
      children.map(async ({ stdout }) => {
        const [text] = (await once(stdout, 'data')) as [Buffer];
        return text.toString();
      }),
    );
    for (const child of children) child.kill('SIGKILL');
    await Promise.all(ended);
    const refused = first.filter((line) => line.startsWith('refused'));
    expect(refused, first.join('\n')).to.have.lengthOf(2);
    for (const line of refused) expect(line).to.match(/already there|lock/i);
    const reader = await openRunFile(path);
    await readAll(reader);
    reader.close();
  });
});
