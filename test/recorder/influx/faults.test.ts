import { join } from 'node:path';
import { expect } from 'chai';
import { scratch } from '../recorded.ts';
import { BUCKET, contentOf, type FakeInflux, fakeInflux } from './fake-influx.ts';
import type { StoredPoint } from './line-parser.ts';
import { expectedPoints, madeRun, type OpenExport, openExport, recordRun } from './recorded-run.ts';

const NEVER = new AbortController().signal;

describe('export to InfluxDB: whatever the store does', function () {
  this.timeout(30_000);
  const folder = scratch();
  const run = madeRun(1100);
  const expected = contentOf(expectedPoints(run));
  const all = expected.count;
  let path = '';
  let fake: FakeInflux;
  let opened: OpenExport[] = [];
  beforeEach(async () => {
    path = join(folder(), 'run.duckdb');
    await recordRun(path, run);
    fake = await fakeInflux();
  });
  afterEach(async () => {
    for (const one of opened) await one.close();
    opened = [];
    await fake.stop();
  });
  const open = async (onWait?: (nth: number) => unknown, batchPoints?: number) => {
    const one = await openExport(path, fake, onWait, batchPoints);
    opened.push(one);
    return one;
  };
  /** Closes what is open, as at the end of the run, so that `rollproof export` can begin. */
  const endOfRun = async () => {
    for (const one of opened) await one.close();
    opened = [];
  };
  const held = () =>
    contentOf((fake.buckets.get(BUCKET) ?? new Map<string, StoredPoint>()).values());
  const expectAll = () => {
    expect(held().count).to.equal(all);
    expect(held().texts).to.deep.equal(expected.texts);
    expect(held().checksum).to.equal(expected.checksum);
  };

  it('holds exactly the recorded points, each once', async () => {
    const { exporter } = await open();
    expect(await exporter.send(NEVER)).to.equal('done');
    expectAll();
    expect(await exporter.account()).to.deep.include({
      recorded: all,
      sent: all,
      accepted: all,
      refused: 0,
      problem: null,
    });
    expect(fake.requests.reduce((sum, lines) => sum + lines, 0)).to.equal(all);
  });

  it('is the same after everything is sent a second time', async () => {
    const { exporter } = await open();
    await exporter.send(NEVER);
    await exporter.restart();
    await exporter.send(NEVER);
    expect(fake.requests.reduce((sum, lines) => sum + lines, 0)).to.equal(2 * all);
    expectAll();
  });

  it('is down for the whole run', async () => {
    await fake.stop();
    const gaveUp = new AbortController();
    const { exporter, waits } = await open((nth) => {
      if (nth === 12) gaveUp.abort();
    });
    expect(await exporter.send(gaveUp.signal)).to.equal('stopped');
    const account = await exporter.account();
    expect(account).to.include({ recorded: all, sent: 0, accepted: 0, refused: 0 });
    expect(account.problem).to.match(/cannot be reached: .*ECONNREFUSED/);
    expect(waits.slice(0, 3)).to.deep.equal([375, 750, 1500]);
    expect(waits.at(-1)).to.equal(22_500);

    await endOfRun();
    await fake.start();
    const later = await open();
    expect(await later.exporter.send(NEVER)).to.equal('done');
    expectAll();
    expect(await later.exporter.account()).to.include({ accepted: all, problem: null });
  });

  it('is down in the middle', async () => {
    fake.interfere = (nth) => (nth >= 2 && nth < 6 ? 'cut' : null);
    const { exporter, waits } = await open(async (nth) => {
      if (nth === 1) await fake.stop();
      if (nth === 3) await fake.start();
    });
    expect(await exporter.send(NEVER)).to.equal('done');
    expect(waits.length).to.be.at.least(4);
    expectAll();
  });

  it('cuts the connection after it has stored: the resend changes nothing', async () => {
    fake.interfere = (nth) => (nth % 2 === 0 ? 'store-and-cut' : null);
    const { exporter } = await open();
    await exporter.send(NEVER);
    expect(fake.requests.reduce((sum, lines) => sum + lines, 0)).to.be.greaterThan(1.9 * all);
    expectAll();
    expect(await exporter.account()).to.include({ accepted: all });
  });

  it('answers 500, and then takes everything', async () => {
    fake.interfere = (nth) => (nth < 3 ? { status: 500, message: 'engine is closed' } : null);
    const { exporter, waits } = await open();
    await exporter.send(NEVER);
    expect(waits).to.have.lengthOf(3);
    expectAll();
  });

  it('asks for a rest: Retry-After is in seconds', async () => {
    fake.interfere = (nth) =>
      nth === 1
        ? { status: 429, message: 'org 42 has exceeded its limit', headers: { 'retry-after': '7' } }
        : nth === 2
          ? { status: 503, message: 'try later', headers: { 'retry-after': '90' } }
          : null;
    const { exporter, waits } = await open();
    await exporter.send(NEVER);
    expect(waits).to.deep.equal([7250, 90_250]);
    expectAll();
  });

  it('revokes the token midway: said, asked again ever more slowly, and finished with a good one', async () => {
    const gaveUp = new AbortController();
    fake.interfere = (nth) => {
      if (nth === 3) fake.tokens = new Set();
      return null;
    };
    const { exporter, waits } = await open((nth) => {
      if (nth === 6) gaveUp.abort();
    });
    expect(await exporter.send(gaveUp.signal)).to.equal('stopped');
    const account = await exporter.account();
    expect(account.problem).to.match(/answered 401: unauthorized access \(check that INFLUX_TOKEN/);
    expect(account.accepted).to.equal(held().count);
    expect(account.accepted).to.be.within(1, all - 1);
    expect(account.sent).to.be.greaterThan(account.accepted);
    expect(waits).to.deep.equal([3750, 7500, 15_000, 30_000, 45_000, 45_000]);
    await endOfRun();
    fake.tokens = new Set([fake.token]);
    const later = await open();
    await later.exporter.send(NEVER);
    expectAll();
  });

  it('loses its bucket, which is made again: everything is sent again', async () => {
    fake.interfere = (nth) => {
      if (nth === 4) fake.buckets.delete(BUCKET);
      return null;
    };
    const { exporter } = await open((nth) => {
      if (nth === 2) fake.buckets.set(BUCKET, new Map());
    });
    await exporter.send(NEVER);
    expectAll();
    expect(await exporter.account()).to.include({ accepted: all, sent: all, problem: null });
  });

  it('lost its bucket and got it back, and the run ended between: told, and sent again later', async () => {
    const gaveUp = new AbortController();
    fake.interfere = (nth) => {
      if (nth === 4) fake.buckets.delete(BUCKET);
      return null;
    };
    const { exporter } = await open(() => {
      gaveUp.abort();
    });
    await exporter.send(gaveUp.signal);
    const account = await exporter.account();
    expect(account.accepted).to.equal(0);
    expect(account.problem).to.match(/answered 404: bucket "upgrades" not found/);
    await endOfRun();
    fake.buckets.set(BUCKET, new Map());
    const later = await open();
    await later.exporter.send(NEVER);
    expectAll();
  });

  it('takes small requests only (413): batches are halved, and stay small', async () => {
    fake.maxBytes = 20_000;
    const { exporter, waits } = await open();
    await exporter.send(NEVER);
    expectAll();
    expect(waits).to.deep.equal([]);
    const tooLarge = fake.requests.filter((lines) => lines > 130).length;
    expect(tooLarge, String(fake.requests)).to.be.lessThan(8);
  });

  it('is slow: nothing is sent twice, and an answer that is waited for is not cut off', async () => {
    let release = () => {};
    const answering = new Promise<void>((resolve) => {
      release = resolve;
    });
    let slow = 0;
    fake.interfere = (nth) =>
      nth % 2 === 0
        ? answering.then(() => {
            slow++;
          })
        : null;
    const { exporter } = await open();
    const sending = exporter.send(NEVER);
    while (fake.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(await exporter.account()).to.include({ accepted: 0 });
    release();
    expect(await sending).to.equal('done');
    expect(slow).to.be.greaterThan(2);
    expectAll();
    expect(fake.requests.reduce((sum, lines) => sum + lines, 0)).to.equal(all);
  });

  it('refuses single lines (400): they stand alone, are counted and said, and the rest goes on', async () => {
    const bad = (line: string) => /,probe=vm,.*seq=(111|700|701)i/.test(line);
    fake.refuses = bad;
    const { exporter } = await open();
    expect(await exporter.send(NEVER)).to.equal('done');
    const account = await exporter.account();
    expect(account).to.include({ recorded: all, refused: 6, accepted: all - 6, problem: null });
    expect(account.firstRefusal).to.match(/^unable to parse 'rollproof_attempt,.*seq=111i/);
    const without = expected.texts.filter(
      (text) => !(/probe=vm/.test(text) && /\["seq","(111|700|701)i"\]/.test(text)),
    );
    expect(held().texts).to.deep.equal(without);
  });

  it('writes the good lines and refuses the others by number (400, partial write)', async () => {
    fake.partial = true;
    fake.refuses = (line) => / seq=42i/.test(line);
    const { exporter } = await open();
    await exporter.send(NEVER);
    expect(await exporter.account()).to.include({ refused: 3, accepted: all - 3 });
    expect(held().count).to.equal(all - 3);
  });

  it('has a field of another type (422): the points that carry it are refused, up to a limit, and nothing is called stored that is not', async () => {
    // Somebody has written the field as a float.
    const bucket = fake.buckets.get(BUCKET);
    const line = `rollproof_attempt,probe=x latency_at_most_ns=0.5 ${String(1_795_403_686_000_000_001n)}`;
    const written = await fetch(`${fake.url}/api/v2/write?org=ops&bucket=${BUCKET}&precision=ns`, {
      method: 'POST',
      headers: { authorization: `Token ${fake.token}` },
      body: line,
    });
    expect(written.status, await written.text()).to.equal(204);
    const { exporter, waits } = await open();
    expect(await exporter.send(NEVER)).to.equal('refusing');
    const account = await exporter.account();
    expect(account.problem).to.match(
      /refuses points in more than 100 places, .*field type conflict.*another bucket/,
    );
    expect(account.refused).to.be.within(100, 200);
    expect(waits).to.deep.equal([]);
    expect(bucket?.size).to.be.at.least(account.accepted + 1);
    expect(account.recorded - account.accepted).to.be.greaterThan(account.refused);
  });

  it('drops what is older than its retention (422, dropped=N): refused without one request a line', async () => {
    const times = expectedPoints(run).map(({ time }) => BigInt(time));
    fake.retentionFrom = times.reduce((a, b) => (a < b ? a : b)) + 4_000_000_000n;
    const { exporter } = await open(undefined, 300);
    expect(await exporter.send(NEVER)).to.equal('done');
    const account = await exporter.account();
    const kept = times.filter((time) => time >= fake.retentionFrom).length;
    expect(held().count).to.equal(kept);
    expect(account.refused).to.equal(all - kept);
    expect(account.firstRefusal).to.match(/points beyond retention policy/);
    expect(fake.requests.length).to.be.lessThan(all / 4);
  });

  it('never sees a token in what is said of it', async () => {
    fake.interfere = () => ({ status: 500, message: `bad header: Token ${fake.token}` });
    const gaveUp = new AbortController();
    const { exporter } = await open(() => {
      gaveUp.abort();
    });
    await exporter.send(gaveUp.signal);
    const { problem } = await exporter.account();
    expect(problem).to.match(/500: bad header: Token \*\*\*/);
  });
});
