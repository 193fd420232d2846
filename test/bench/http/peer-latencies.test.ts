import { expect } from 'chai';
import { saidByAutocannon, saidByHey, saidByWrk } from '../../../bench/http/peer-latencies.ts';

const HEY = `
Summary:
  Total:	10.0021 secs
  Slowest:	1.5 secs
  Fastest:	0.0003 secs
  Average:	0.0017 secs
  Requests/sec:	89.7814

Latency distribution:
  10% in 0.0004 secs
  50% in 0.0005 secs
  99% in 0.0044 secs

Status code distribution:
  [200]	890 responses
  [503]	8 responses
`;
const WRK = `Running 1s test @ http://127.0.0.1:18765/
  1 threads and 1 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.68ms    4.29ms   1.01s    92.97%
    Req/Sec     9.27k     7.18k   19.27k    60.00%
  Latency Distribution
     50%   50.00us
     75%    1.45ms
     90%    4.15ms
     99%   24.41ms
  9235 requests in 1.02s, 1.08MB read
`;

describe('what others say of the latencies they measured', () => {
  it('hey', () => {
    expect(saidByHey(HEY)).to.deep.equal({ requests: 898, p50: 0.5, p99: 4.4, max: 1500 });
  });

  it('wrk', () => {
    expect(saidByWrk(WRK)).to.deep.equal({ requests: 9235, p50: 0.05, p99: 24.41, max: 1010 });
  });

  it('autocannon', () => {
    const latency = { p50: 1, p90: 2, p99: 314, max: 331 };
    const said = saidByAutocannon(JSON.stringify({ latency, requests: { total: 1000 } }));
    expect(said).to.deep.equal({ requests: 1000, p50: 1, p99: 314, max: 331 });
  });

  it('nothing, where they say nothing', () => {
    expect(Number.isNaN(saidByHey('').p99)).to.equal(true);
    expect(Number.isNaN(saidByWrk('').p99)).to.equal(true);
  });
});
