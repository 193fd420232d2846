import { expect } from 'chai';
import { verdictFile } from '../../src/report/json.ts';
import { rollingUpgrade, target, viewOf } from './fixture.ts';

/** The keys DESIGN.md promises, and `why`, `control`, `engine`, `workloads` and `sharedWith` beside them. */
const KEYS = {
  file: 'schema run scenario verdict exitCode why objectives probes blind steps export',
  objective: 'text expected observed verdict why',
  probe: 'name kind control engine targets workloads replicas tokenPairs notes',
  replica: 'kind name uid ok unsuccessful down latencyMs',
  down: 'start end checks reason',
  pair: 'issuedBy before validatedBy ok refused unanswered firstRefused lastRefused reason',
  target:
    'name due ok lost failed unsent late duplicate reordered closedIdle lossPct resolutionMs lossUpperBoundPct outages latencyMs responseMs stagesMs',
  outage: 'start end atLeastMs atMostMs reason phase step sharedWith suspects',
  suspect: 'kind name what at',
  latency: 'min mean p50 p90 p99 p999 max',
  workload: 'kind name readyMin desired floor restarts',
  blind: 'probe start end cause',
  step: 'name kind start end result why',
  export: 'url org bucket recorded sent accepted refused missing firstRefusal problem command',
};

describe('verdict.json', () => {
  const file = verdictFile(viewOf(rollingUpgrade()));
  const issue = file.probes[1]?.targets[0];

  it('has exactly the keys of its public interface', () => {
    const cases: readonly (readonly [object | null | undefined, string])[] = [
      [file, KEYS.file],
      [file.objectives[0], KEYS.objective],
      [file.probes[0], KEYS.probe],
      [issue, KEYS.target],
      [issue?.outages[0], KEYS.outage],
      [issue?.outages[0]?.suspects[0], KEYS.suspect],
      [issue?.latencyMs, 'baseline upgrade settle'],
      [issue?.latencyMs.upgrade, KEYS.latency],
      [issue?.responseMs?.upgrade, KEYS.latency],
      [issue?.stagesMs, 'dns connect tls firstByte'],
      [issue?.stagesMs?.firstByte.upgrade, KEYS.latency],
      [file.probes[2]?.workloads[0], KEYS.workload],
      [file.probes[1]?.replicas[1], KEYS.replica],
      [file.probes[1]?.replicas[1]?.down[0], KEYS.down],
      [file.probes[1]?.tokenPairs[0], KEYS.pair],
      [file.probes[1]?.notes[0], 'at target what detail'],
      [file.blind[0], KEYS.blind],
      [file.steps[0], KEYS.step],
    ];
    for (const [value, keys] of cases) {
      expect(Object.keys(value ?? {})).to.have.members(keys.split(' '));
    }
  });

  it('says null, never nothing, where there is nothing to say', () => {
    const bare = target('silent', {
      lossPct: null,
      resolutionNs: null,
      lossUpperBoundPct: null,
      latency: { baseline: null, upgrade: null, settle: null },
    });
    const plain = rollingUpgrade();
    const steps = [
      { name: 's', kind: 'wait', start: null, end: null, result: 'skipped' as const, why: null },
    ];
    const probes = [
      {
        ...plain.probes[0],
        name: 'p',
        kind: 'k',
        control: false,
        engine: null,
        targets: [bare],
        workloads: [{ kind: 'Deployment', name: 'd', points: [] }],
        replicas: [],
        tokenPairs: [],
        notes: [],
      },
    ];
    const text = JSON.stringify(verdictFile(viewOf({ ...plain, steps, probes })));
    expect(JSON.parse(text)).to.deep.equal(verdictFile(viewOf({ ...plain, steps, probes })));
    expect(text).to.include('"lossPct":null,"resolutionMs":null,"lossUpperBoundPct":null');
    expect(text).to.include('"latencyMs":{"baseline":null,"upgrade":null,"settle":null}');
    expect(text).to.include('"responseMs":null,"stagesMs":null');
    expect(text).to.include('"start":null,"end":null,"result":"skipped","why":null');
    expect(text).to.include('"readyMin":null');
  });

  it('gives times as ISO 8601 with ns and lengths in ms', () => {
    expect(issue?.outages[0]).to.deep.include({
      start: '2026-11-23T03:15:07.020000001Z',
      end: '2026-11-23T03:15:07.360000001Z',
      atLeastMs: 340,
      atMostMs: 380,
    });
    expect(issue?.latencyMs.baseline?.p50).to.equal(8.4);
    expect(file.blind[0]?.start).to.equal('2026-11-23T03:15:17.000000001Z');
  });
});
