import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { probes } from '../../probes/index.ts';
import { scenarioJsonSchema } from '../../src/scenario/json-schema.ts';
import { scenarioReference } from '../../src/scenario/reference.ts';
import { stepKinds } from '../../src/upgrade/index.ts';

const registry = { probes, steps: stepKinds };

/** Files made from the lists of kinds. With UPDATE=1 they are written where they differ. */
describe('generated from the lists of kinds:', () => {
  it('scenarios/scenario.schema.json', () => {
    const schema = JSON.stringify(scenarioJsonSchema(registry), null, 2);
    upToDate('scenarios/scenario.schema.json', `${schema}\n`);
  });

  it('docs/scenario-reference.md', () => {
    upToDate('docs/scenario-reference.md', scenarioReference(registry));
  });
});

function upToDate(path: string, made: string): void {
  const file = new URL(`../../${path}`, import.meta.url);
  const same = existsSync(file) && readFileSync(file, 'utf8') === made;
  if (!same && process.env['UPDATE'] === '1') writeFileSync(file, made);
  else expect(same, `${path} is out of date: npm run docs`).to.equal(true);
}
