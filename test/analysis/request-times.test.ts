import { expect } from 'chai';
import { createRequestTimes } from '../../src/analysis/request-times.ts';
import type { Row } from '../../src/analysis/row.ts';
import { FLAG } from '../../src/model/sample.ts';

const MS = 1e6;
const REUSED = { dns: null, connect: null, tls: null, firstByte: 3 * MS };

function row(seq: number, change: Partial<Row> = {}): Row {
  const due = seq * 10 * MS;
  const answer = { outcome: 'ok', reason: 'none', flags: 0, latency: 4 * MS } as const;
  return { seq, due, sent: due + MS, ...answer, timings: REUSED, ...change };
}

function fold(rows: readonly Row[]) {
  const times = createRequestTimes();
  for (const each of rows) times.add(each, 'upgrade');
  return times.finish();
}

describe('request times', () => {
  it('are null for a target that tells no stages', () => {
    expect(fold([row(0, { timings: null })])).to.equal(null);
  });

  it('count the response from when the request was due', () => {
    const response = fold([row(0), row(1, { sent: 17 * MS })])?.response.upgrade;
    expect(response).to.include({ count: 2, min: 5 * MS, max: 11 * MS });
  });

  it('have each stage by itself, of the requests that went through it', () => {
    const made = { dns: MS, connect: 2 * MS, tls: null, firstByte: MS };
    const stages = fold([row(0), row(1, { timings: made })])?.stages;
    expect(stages?.dns.upgrade).to.include({ count: 1, max: MS });
    expect(stages?.connect.upgrade).to.include({ count: 1, max: 2 * MS });
    expect(stages?.tls.upgrade).to.equal(null);
    expect(stages?.firstByte.upgrade).to.include({ count: 2, min: MS, max: 3 * MS });
    expect(stages?.firstByte.baseline).to.equal(null);
  });

  it('leave failures out, and bound what a stall of the verifier disturbed', () => {
    const times = fold([
      row(0),
      row(1, { outcome: 'failed', reason: 'http-5xx', latency: 9 * MS }),
      row(2, { flags: FLAG.disturbed, latency: 900 * MS }),
    ]);
    expect(times?.response.upgrade).to.include({ count: 1, max: 5 * MS });
    expect(times?.responseAtMost.upgrade).to.include({ count: 2, max: 901 * MS });
    expect(times?.stages.firstByte.upgrade).to.include({ count: 1 });
  });

  /** Due every 10 ms, answered in 2 ms, but for the second from 1 s on: what was due in it is answered at its end. */
  it('of a server that stood for 1 s at 100 requests a second have the p99 that follows from it', () => {
    const truth: number[] = [];
    const rows = Array.from({ length: 1000 }, (_, seq) => {
      const due = seq * 10 * MS;
      const stood = due >= 1000 * MS && due < 2000 * MS ? 2000 * MS - due : 0;
      truth.push(stood + 2 * MS);
      return row(seq, { due, sent: due, latency: stood + 2 * MS });
    });
    truth.sort((a, b) => a - b);
    const response = fold(rows)?.response.upgrade;
    expect(response?.max).to.equal(1002 * MS);
    expect(response?.p99).to.be.closeTo(truth[989] ?? 0, MS);
  });
});
