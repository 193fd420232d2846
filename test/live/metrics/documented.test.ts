import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { createAnalysis } from '../../../src/analysis/analysis.ts';
import { createRunMetrics } from '../../../src/live/metrics/run-metrics.ts';
import { META } from '../../recorder/recorded.ts';

const DOCUMENT = readFileSync(new URL('../../../docs/time-series.md', import.meta.url), 'utf8');

describe('docs/time-series.md', () => {
  it('lists every metric that is served with its type, and no other', async () => {
    const analysis = createAnalysis(META.plan);
    const metrics = createRunMetrics(META.plan, '1.2.3', () => ({
      elapsedNs: 0,
      snapshot: analysis.snapshot(0),
    }));
    const served = [...(await metrics.text()).matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(
      ([, name, type]) => `${String(name)} ${String(type)}`,
    );
    const documented = [
      ...DOCUMENT.matchAll(/^\| `(rollproof_[a-z_]+)` \| (counter|gauge|histogram) \|/gm),
    ].map(([, name, type]) => `${String(name)} ${String(type)}`);
    expect(documented).to.have.members(served);
  });
});
