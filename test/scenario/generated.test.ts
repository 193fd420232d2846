import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { probes } from '../../probes/index.ts';
import { scenarioJsonSchema } from '../../src/scenario/json-schema.ts';
import { scenarioReference } from '../../src/scenario/reference.ts';
import { stepKinds } from '../../src/upgrade/index.ts';

/** Files made from the lists of kinds. With UPDATE=1 they are written instead of compared. */
describe('generated from the lists of kinds:', () => {
  const registry = { probes, steps: stepKinds };

  it('scenarios/scenario.schema.json', () => {
    upToDate(
      'scenarios/scenario.schema.json',
      `${JSON.stringify(scenarioJsonSchema(registry), null, 2)}\n`,
    );
  });

  it('docs/scenario-reference.md', () => {
    upToDate('docs/scenario-reference.md', scenarioReference(registry));
  });
});

function upToDate(path: string, made: string): void {
  const file = new URL(`../../${path}`, import.meta.url);
  if (process.env['UPDATE'] === '1') writeFileSync(file, made);
  const how = `UPDATE=1 npx mocha test/scenario/generated.test.ts writes ${path} anew`;
  expect(readFileSync(file, 'utf8'), how).to.equal(made);
}
