import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { probes } from '../../probes/index.ts';
import { formatProblem, loadScenario } from '../../src/scenario/load.ts';
import { stepKinds } from '../../src/upgrade/index.ts';
import { checkObjective } from '../../src/verdict/objective.ts';

const folder = new URL('../../scenarios/', import.meta.url);
const shipped = readdirSync(folder).filter((file) => file.endsWith('.yaml'));

describe('the shipped scenarios', () => {
  it('are there', () => {
    expect(shipped).to.include('demo.yaml');
  });

  for (const file of shipped) {
    it(`${file} loads`, () => {
      const text = readFileSync(new URL(file, folder), 'utf8');
      const needed = [...text.matchAll(/(?<!\$)\$\{([A-Za-z_]\w*)\}/g)].map(
        (match) => match[1] ?? '',
      );
      const env = Object.fromEntries(
        needed.map((name) => [name, /ADDRESS|HOST/.test(name) ? '127.0.0.1' : '1']),
      );
      const registry = { probes, steps: stepKinds, checkObjective };
      const result = loadScenario(text, { env, set: [], registry });
      const problems = result.ok ? [] : result.problems.map((each) => formatProblem(file, each));
      expect(problems).to.deep.equal([]);
    });
  }
});
