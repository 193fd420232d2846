import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import type { Judgement } from '../../src/model/verdict.ts';
import { junitXml } from '../../src/report/junit.ts';
import { FAIL, rollingUpgrade, viewOf } from './fixture.ts';

/** Parsed by a real XML parser (Python's, which every CI image of ours has); null when it is not well-formed. */
function parsed(
  xml: string,
): { suites: number; tests: number; failures: number; errors: number; names: string[] } | null {
  const script = `
import sys, json, xml.etree.ElementTree as E
root = E.fromstring(sys.stdin.buffer.read())
print(json.dumps({"suites": len(root.findall("testsuite")), "tests": int(root.get("tests")), "failures": len(root.findall(".//failure")),
  "errors": len(root.findall(".//error")), "names": [c.get("name") for c in root.iter("testcase")]}))`;
  const { status, stdout } = spawnSync('python3', ['-c', script], { input: xml, encoding: 'utf8' });
  return status === 0 ? (JSON.parse(stdout) as ReturnType<typeof parsed>) : null;
}

describe('junit.xml', () => {
  it('is XML with a test case for each objective and each step', () => {
    const report = parsed(junitXml(viewOf(rollingUpgrade())));
    expect(report?.names).to.deep.equal([
      'verdict',
      ...FAIL.objectives.map(({ text }) => text),
      ...rollingUpgrade().steps.map(({ name }) => name),
    ]);
    expect(report).to.include({ tests: 7, suites: 3 });
  });

  it('is never green when the verdict is not pass', () => {
    for (const verdict of ['fail', 'inconclusive', 'error', 'interrupted'] as const) {
      const judgement: Judgement = { verdict, exitCode: 1, why: null, objectives: [] };
      const report = parsed(junitXml(viewOf(rollingUpgrade(), judgement)));
      expect((report?.failures ?? 0) + (report?.errors ?? 0), verdict).to.equal(1);
    }
    const pass: Judgement = { verdict: 'pass', exitCode: 0, why: null, objectives: [] };
    expect(parsed(junitXml(viewOf(rollingUpgrade(), pass)))).to.include({ failures: 0, errors: 0 });
  });

  it('counts an inconclusive objective as an error and a failed step as a failure', () => {
    const steps = [
      { name: 'a', kind: 'wait', start: 0, end: 1e9, result: 'failed' as const, why: 'timed out' },
      { name: 'b', kind: 'wait', start: null, end: null, result: 'skipped' as const, why: null },
    ];
    const xml = junitXml(viewOf(rollingUpgrade({ steps })));
    expect(xml).to.match(/<error message="[^"]*blind for 1.2s[^"]*" type="inconclusive"\/>/);
    expect(xml).to.include('<failure message="timed out" type="wait"/>').and.include('<skipped/>');
  });

  it('stays XML whatever names and messages hold', () => {
    const nasty = 'a]]> & <b attr="x"> \u0000\u0007\u001b[31m\ufffe \ud800 \u{1f600}';
    const objective = {
      text: nasty,
      expected: nasty,
      observed: nasty,
      verdict: 'pass',
      why: nasty,
    } as const;
    const judgement: Judgement = {
      ...FAIL,
      why: nasty,
      objectives: [objective, { ...objective, verdict: 'fail' }],
    };
    const steps = [
      { name: nasty, kind: nasty, start: 0, end: 1, result: 'failed' as const, why: nasty },
    ];
    const xml = junitXml(viewOf(rollingUpgrade({ scenario: nasty, run: nasty, steps }), judgement));
    expect(parsed(xml)?.names).to.have.lengthOf(4);
  });
});
