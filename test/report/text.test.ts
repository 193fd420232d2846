import { stripVTControlCharacters } from 'node:util';
import { expect } from 'chai';
import { summaryText } from '../../src/report/text.ts';
import { visibleLength } from '../../src/report/text-layout.ts';
import { manyTargets, OUTAGE, rollingUpgrade, target, viewOf } from './fixture.ts';

const plain = (width = 100) => summaryText(viewOf(rollingUpgrade()), { color: false, width });

describe('summary on the terminal', () => {
  it('tells each target as ping does, with what its figures could have missed', () => {
    expect(plain()).to.include(
      '  10.0.0.5: 2,510 due, 2,510 ok, 0 lost, 0 failed, 0 unsent, 0% loss\n',
    );
    expect(plain()).to.include(
      'an outage longer than 20.4ms was certain to be seen; loss below 0.12% (95%)',
    );
    expect(plain()).to.match(
      /latency +min +mean +p50 +p99 +max\n +baseline +120µs +310µs +280µs +1\.2ms +4\.1ms\n +upgrade/,
    );
  });

  it('tells of requests also how long they took from when they were due, and where the time went', () => {
    expect(plain()).to.match(/latency .* from due: p99 +max\n +baseline .* 36ms +123ms +37\.8ms/);
    expect(plain()).to.include(
      'stages, p50 and p99 of the upgrade: connect 235µs 1.01ms, TLS 1.18ms 5.04ms,',
    );
  });

  it('tells outages with both bounds, where they fell and who is suspected', () => {
    expect(plain()).to.include('03:15:07.020  keystone issue: 340ms to 380ms');
    expect(plain()).to.include('refused, 17 samples; in upgrade, step roll keystone');
    expect(plain()).to.include(
      'suspect: Pod keystone-api-6bdd47c9f4-9hzlm terminating 120ms before',
    );
  });

  it('tells blind spans, steps, ready counts, objectives with why, and ends with verdict and exit code', () => {
    expect(plain()).to.match(/03:15:17\.000 +1\.2s +verifier-stalled +keystone/);
    expect(plain()).to.match(/ok +roll keystone \(setImage\) at 03:14:58\.400, 25\.6s/);
    expect(plain()).to.include('fewest ready 2 of 3 (2 required), 0 restarts');
    expect(plain()).to.match(
      /inconclusive +keystone\.latency\.p99 <= 2x baseline: 50\.4ms \(issue\)\n +the probe was blind/,
    );
    expect(plain().split('\n').at(-1)).to.equal(
      'FAIL (exit code 1): 1 of 3 objectives failed: keystone.failed == 0',
    );
  });

  it('fits its width, with colour and without, whatever the names', () => {
    const long = rollingUpgrade({ scenario: `very-${'long-'.repeat(60)}name` });
    const targets = [target('x'.repeat(300), { outages: [{ ...OUTAGE, step: 'y '.repeat(200) }] })];
    const probes = [
      {
        name: 'z'.repeat(200),
        kind: 'icmp',
        control: true,
        engine: 'e '.repeat(90),
        targets,
        workloads: [],
        replicas: [],
        tokenPairs: [],
        notes: [],
      },
    ];
    const steps = [
      {
        name: 's'.repeat(200),
        kind: 'wait',
        start: 0,
        end: 1,
        result: 'failed' as const,
        why: 'w '.repeat(100),
      },
    ];
    for (const analysis of [rollingUpgrade(), { ...long, probes, steps }, manyTargets(500)]) {
      for (const width of [60, 80, 100, 120]) {
        for (const color of [true, false]) {
          const lines = summaryText(viewOf(analysis), { color, width }).split('\n');
          const widest = Math.max(...lines.map(visibleLength));
          expect(
            widest,
            lines.find((line) => visibleLength(line) === widest),
          ).to.be.at.most(width);
        }
      }
    }
  });

  it('says the same in colour as without', () => {
    const inColor = summaryText(viewOf(rollingUpgrade()), { color: true, width: 100 });
    expect(stripVTControlCharacters(inColor)).to.equal(plain());
    expect(inColor).not.to.equal(plain());
  });

  it('shows the worst of many targets first and condenses the rest', () => {
    const text = summaryText(viewOf(manyTargets(100)), { color: false, width: 100 });
    expect(text).to.match(/--- vms \(icmp\) ---\n {2}10\.1\.0\.50: 2,510 due, 2,500 ok, 10 lost/);
    expect(text).to.include('and 94 more, all ok');
    expect(text.split('\n').length).to.be.below(80);
  });

  it('lets no name drive the terminal', () => {
    const text = summaryText(
      viewOf(rollingUpgrade({ scenario: 'evil\u001b]0;title\u0007\r\u009b31m' })),
      { color: false, width: 80 },
    );
    const controls = Array.from(text).filter((sign) => sign !== '\n' && /\p{Cc}/u.test(sign));
    expect(controls).to.deep.equal([]);
  });
});
