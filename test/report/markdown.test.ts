import { expect } from 'chai';
import { reportMarkdown } from '../../src/report/markdown.ts';
import { manyTargets, OUTAGE, rollingUpgrade, target, viewOf } from './fixture.ts';

describe('report as Markdown', () => {
  it('has the verdict, a row for each objective, target, outage, blind span and step', () => {
    const text = reportMarkdown(viewOf(rollingUpgrade()));
    expect(text).to.match(/^# keystone-rolling-upgrade: fail\n/);
    expect(text).to.include('| keystone.failed == 0 | fail | 17 | 17 of issue');
    expect(text).to.include('| issue | 2,500 | 2,423 | 0 | 17 | 60 | 0.697% | 1.1% | 1.22s |');
    expect(text).to.include('| 03:15:07.020 | keystone | issue | 340ms to 380ms | 17 | refused |');
    expect(text).to.include('| keystone | 03:15:17.000 | 1.2s | verifier-stalled |');
    expect(text).to.include('| contract the database | command |');
  });

  it('keeps its tables whole whatever the names, and takes no markup from them', () => {
    const name = 'a|b\nc <script> [x](http://evil) *bold* `code` @someone';
    const probes = [
      {
        name,
        kind: 'icmp',
        control: false,
        engine: null,
        targets: [target(name, { outages: [OUTAGE] })],
        workloads: [],
        replicas: [],
        tokenPairs: [],
        notes: [],
      },
    ];
    const text = reportMarkdown(viewOf(rollingUpgrade({ probes, scenario: name })));
    expect(text).not.to.match(/[^\\]<script|\]\(http|@someone/);
    for (const block of text.split('\n\n').filter((one) => one.startsWith('|'))) {
      const cells = block.split('\n').map((line) => line.match(/(?<!\\)\|/g)?.length);
      expect(new Set(cells).size, block).to.equal(1);
    }
  });

  it('condenses many targets', () => {
    expect(reportMarkdown(viewOf(manyTargets(100)))).to.include('and 80 more, all ok.');
  });
});
