import { expect } from 'chai';
import { liveLine, liveTable } from '../../src/report/live.ts';
import { visibleLength } from '../../src/report/text-layout.ts';
import { liveView } from './fixture.ts';

const many = () => {
  const plain = liveView();
  const [, issue] = plain.snapshot.targets;
  const [pod] = plain.snapshot.pods;
  if (issue === undefined || pod === undefined) throw new Error('fixture');
  const quiet = { ...issue, unsuccessful: 0, unsent: 0, outageNs: null, outages: 0 };
  return liveView({
    targets: Array.from({ length: 1000 }, (_, nth) =>
      nth === 700
        ? { ...issue, target: 'the-bad-one' }
        : { ...quiet, target: `host-${String(nth)}` },
    ),
    pods: Array.from({ length: 300 }, (_, nth) => ({ ...pod, name: `${pod.name}-${String(nth)}` })),
  });
};

describe('live table', () => {
  it('shows scenario, phase, time, step with a bar, probes, pods with version and state, and blind time', () => {
    const table = liveTable(liveView(), { color: false, width: 100, rows: 30 });
    expect(table).to.include('keystone-rolling-upgrade  upgrade  00:21  blind 60ms');
    expect(table).to.match(/\[=+ +\] step 2 of 3: roll keystone · 1 of 3 updated/);
    expect(table).to.match(/keystone issue +1,049 +14 +3 +41ms +1 +280ms/);
    expect(table).to.include('keystone-api: 2 of 3 ready (2 required)');
    expect(table).to.match(/keystone-api-6bdd47c9f4-9hzlm +2025\.1 +terminating/);
    expect(table).to.match(/keystone-api-7f9c65d8bb-m2c9s +2025\.2 +running/);
  });

  it('fits the terminal, however many targets and pods there are', () => {
    for (const view of [
      liveView(),
      many(),
      liveView(
        { targets: [], pods: [], workloads: [], phase: null },
        { step: null, scenario: 'x'.repeat(300) },
      ),
    ]) {
      for (const width of [40, 60, 80, 120, 200]) {
        for (const rows of [8, 12, 24, 50]) {
          const lines = liveTable(view, { color: true, width, rows }).split('\n');
          expect(lines.length, `${String(width)} x ${String(rows)}`).to.be.below(rows);
          expect(
            Math.max(...lines.map(visibleLength)),
            `${String(width)} x ${String(rows)}`,
          ).to.be.below(Math.max(width, 41));
        }
      }
    }
  });

  it('shows the target that is out before a thousand that are not', () => {
    const table = liveTable(many(), { color: false, width: 100, rows: 24 });
    expect(table).to.match(/probe .*\n.*the-bad-one/);
    expect(table).to.match(/and 9\d\d more, none with losses/);
    expect(table).to.match(/and 29\d more pods, 29\d not ready/);
  });
});

describe('live line', () => {
  it('is one plain line with what matters', () => {
    expect(liveLine(liveView())).to.equal(
      '00:21 upgrade, step 2 of 3 roll keystone (40%) · vm 1,052 sent 0 lost · ' +
        'keystone 2,098 sent 14 lost 6 unsent OUT: issue · keystone-api 2/3 ready · blind 60ms',
    );
  });

  it('says what to act on, in the table too', () => {
    const warning = 'the disk of the run is nearly full: 512 MiB free, for 12 min at this pace';
    const view = liveView({}, { warning });
    expect(liveLine(view)).to.match(/ · WARNING: the disk of the run is nearly full.*12 min/);
    const table = liveTable(view, { color: false, width: 100, rows: 24 });
    expect(table.split('\n')[2]).to.equal(warning);
  });

  it('says how long a phase still takes, where that is known', () => {
    const line = liveLine(liveView({ phase: 'baseline' }, { step: null, remainingNs: 61e9 }));
    expect(line).to.match(/^00:21 baseline, 01:01 left · vm/);
  });
});
