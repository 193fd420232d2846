import { expect } from 'chai';
import { createResolution } from '../../src/analysis/resolution.ts';
import { samplesOf } from '../model/run-text.ts';

const MS = 1e6;

function resolutionOf(rows: ReturnType<typeof samplesOf>): number | null {
  const resolution = createResolution();
  for (const row of rows) resolution.add(row);
  return resolution.finish();
}

describe('resolution', () => {
  it('is the time from the sending of one attempt to the answer of the next that counts', () => {
    const rows = samplesOf('..-.', { intervalMs: 20, latencyMs: 1 });
    expect(resolutionOf(rows)).to.equal(41 * MS);
  });

  it('is not finer than the slowest answer: a request that waits out an outage of 3 s does not show it', () => {
    const rows = samplesOf('...', { intervalMs: 50, latencyMs: 3000 });
    expect(resolutionOf(rows)).to.equal(3050 * MS);
  });

  it('is unknown of a single attempt', () => {
    expect(resolutionOf(samplesOf('-.-', { intervalMs: 20 }))).to.equal(null);
  });
});
