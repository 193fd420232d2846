import { expect } from 'chai';
import type { RunAnalysis } from '../../src/model/analysis.ts';
import { reportHtml } from '../../src/report/html.ts';
import { FAIL, manyTargets, OUTAGE, rollingUpgrade, target, viewOf } from './fixture.ts';

const HOSTILE = `"><img src=x onerror=alert(1)></title></style><script>alert('1')</script>&amp;\u0000`;

/** Every name and text of a run replaced by a hostile one. */
function hostile(): RunAnalysis {
  const plain = rollingUpgrade();
  const suspects = OUTAGE.suspects.map((one) => ({
    ...one,
    kind: HOSTILE,
    name: HOSTILE,
    what: HOSTILE,
  }));
  const outages = [{ ...OUTAGE, step: HOSTILE, sharedWith: HOSTILE, suspects }];
  return {
    ...plain,
    run: HOSTILE,
    scenario: HOSTILE,
    steps: plain.steps.map((step) => ({ ...step, name: HOSTILE, kind: HOSTILE, why: HOSTILE })),
    probes: plain.probes.map((probe) => ({
      ...probe,
      name: HOSTILE,
      kind: HOSTILE,
      engine: HOSTILE,
      targets: [target(HOSTILE, { outages })],
      workloads: probe.workloads.map((workload) => ({ ...workload, kind: HOSTILE, name: HOSTILE })),
    })),
    blind: plain.blind.map((span) => ({ ...span, probe: HOSTILE })),
    pods: plain.pods.map((pod) => ({
      ...pod,
      name: HOSTILE,
      image: HOSTILE,
      node: HOSTILE,
      transitions: pod.transitions.map((one) => ({ ...one, what: HOSTILE })),
    })),
    latencyOverTime: {},
  };
}

describe('report.html', () => {
  const page = reportHtml(viewOf(rollingUpgrade()));

  it('loads nothing from elsewhere and runs no script', () => {
    expect(page).not.to.match(/<script|<link|<img|<iframe|<object|@import|\ssrc=|\shref=|https?:/i);
    for (const [url] of page.matchAll(/url\([^)]*\)/g)) expect(url).to.equal('url(#hatch)');
    expect(page).to.include("default-src 'none'");
  });

  it('shows verdict, objectives, outages with suspects, blind spans, steps, probes and pods', () => {
    expect(page).to.include('<title>fail: keystone-rolling-upgrade</title>');
    for (const text of [
      ...FAIL.objectives.map(({ text: objective }) => objective.replace('<', '&lt;')),
      '340ms to 380ms',
      'Pod <span class="mono">keystone-api-6bdd47c9f4-9hzlm</span> terminating',
      'roll keystone',
      'verifier-stalled',
      '2,510',
      'net-ping, raw socket',
      'Deployment keystone-api',
      '2025.2',
    ]) {
      expect(page).to.include(text);
    }
  });

  it('draws phases, steps, a lane a pod, outages, blind spans and latency on one axis with clock times', () => {
    const [svg = ''] = /<svg[\s\S]*<\/svg>/.exec(page) ?? [];
    for (const phase of ['baseline', 'upgrade', 'settle'])
      expect(svg).to.include(`<rect class="${phase}"`);
    expect(svg.match(/<rect class="step ok"/g)).to.have.lengthOf(3);
    expect(svg.match(/<text class="mono"/g)).to.have.lengthOf(6);
    expect(svg.match(/<rect class="ready"/g)).to.have.lengthOf(6);
    expect(svg.match(/<rect class="terminating"/g)).to.have.lengthOf(3);
    expect(svg.match(/<rect class="outage"/g)).to.have.lengthOf(1);
    expect(svg.match(/url\(#hatch\)/g)).to.have.lengthOf(1);
    expect(svg.match(/<path class="p50"/g)).to.have.lengthOf(2);
    expect(svg).to.include('>03:15:00<');
    expect(svg).not.to.match(/NaN|Infinity|undefined/);
  });

  it('writes no time over the axis name, wherever the first full second falls', () => {
    for (let shift = 0n; shift < 10n; shift++) {
      const view = viewOf({ ...rollingUpgrade(), end: 9.5e9 });
      const anchor = { ...view.anchor, wallNs: view.anchor.wallNs + shift * 100_000_000n };
      const [svg = ''] = /<svg[\s\S]*<\/svg>/.exec(reportHtml({ ...view, anchor })) ?? [];
      const labels = [...svg.matchAll(/x="([\d.]+)" y="[\d.]+" text-anchor="(\w+)">\d\d:/g)];
      expect(labels).to.have.length.above(3);
      for (const [, x, at] of labels)
        expect(Number(x) - (at === 'middle' ? 28 : 0)).to.be.at.least(250);
    }
  });

  it('does not say that a pod became then what it was found to be at the first look', () => {
    expect(page).to.match(/<td class="">ready from the start, terminating 03:1\d:/);
    expect(page).to.match(/<td class="">added 03:1\d:/);
  });

  it('does not draw the latency line across a gap', () => {
    const [, keystone = ''] = [...page.matchAll(/<path class="p50" d="([^"]*)"/g)].map(
      ([, d]) => d,
    );
    expect(keystone.match(/M/g)).to.have.lengthOf(3);
  });

  it('escapes every text that came from elsewhere', () => {
    const judgement = {
      ...FAIL,
      why: HOSTILE,
      objectives: FAIL.objectives.map((row) => ({
        ...row,
        text: HOSTILE,
        observed: HOSTILE,
        why: HOSTILE,
      })),
    };
    const bad = reportHtml(viewOf(hostile(), judgement));
    expect(bad).not.to.match(/<img|<script|onerror=alert\(1\)>/i);
    expect(bad.match(/<\/title>/g)?.length).to.equal(bad.match(/<title>/g)?.length);
    expect(bad.match(/<\/style>/g)).to.have.lengthOf(1);
    expect(bad).to.include('&lt;img src=x onerror=alert(1)&gt;');
    expect(bad).not.to.include('\u0000');
  });

  it('condenses thousands of targets, the worst first', () => {
    const big = reportHtml(viewOf(manyTargets(5000)));
    expect(big.length).to.be.below(200_000);
    expect(big).to.include('and 4950 more, all ok');
    expect(big).to.match(
      /sees outages over[\s\S]*?<tbody><tr><td class="word">10\.1\.9\.196<\/td>/,
    );
  });

  it('can be made of a run that ended before it began to measure', () => {
    const empty: RunAnalysis = {
      run: 'r',
      scenario: 's',
      end: 0,
      phases: [],
      steps: [],
      probes: [],
      blind: [],
      pods: [],
      latencyOverTime: {},
      complete: false,
    };
    const judgement = { verdict: 'interrupted', exitCode: 130, why: null, objectives: [] } as const;
    const bare = reportHtml(viewOf(empty, judgement));
    expect(bare).to.include('The recording breaks off');
    expect(bare).not.to.match(/NaN|Infinity|undefined/);
  });
});
