import { expect } from 'chai';
import { evenDues, trueLatencies } from '../../../bench/http/stall-truth.ts';
import { nearestRank } from '../../../bench/shared/quantiles.ts';

describe('what is true of a server that stands still', () => {
  it('holds up what is due meanwhile, to the end of it and no longer', () => {
    const latencies = trueLatencies([0, 99, 100, 150, 199, 200, 250], { from: 100, to: 200 });
    expect(latencies).to.deep.equal([0, 0, 100, 50, 1, 0, 0]);
  });

  it('is, of 100 requests a second for 10 s and a stall of 1 s, a p99 of 0.9 s and a maximum of 1 s', () => {
    const dues = evenDues(100, 10);
    expect(dues).to.have.length(1000);
    const latencies = trueLatencies(dues, { from: 5000, to: 6000 });
    expect(latencies.filter((latency) => latency > 0)).to.have.length(100);
    expect(nearestRank(latencies, 0.99)).to.equal(900);
    expect(nearestRank(latencies, 1)).to.equal(1000);
  });
});
