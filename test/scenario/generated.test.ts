import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'chai';
import { probes } from '../../probes/index.ts';
import { scenarioJsonSchema } from '../../src/scenario/json-schema.ts';
import { scenarioReference } from '../../src/scenario/reference.ts';
import { stepKinds } from '../../src/upgrade/index.ts';

const registry = { probes, steps: stepKinds };

/** Files made from the lists of kinds. With UPDATE=1 they are written where they differ. */
describe('generated from the lists of kinds:', () => {
  it('scenarios/scenario.schema.json', () => {
    const made = JSON.stringify(scenarioJsonSchema(registry), null, 2);
    // As JSON, not as text: the formatter breaks its lines as it likes.
    upToDate('scenarios/scenario.schema.json', made, (text) => JSON.parse(text) as unknown);
  });

  it('docs/scenario-reference.md', () => {
    upToDate('docs/scenario-reference.md', scenarioReference(registry), (text) => text);
  });
});

function upToDate(path: string, made: string, read: (text: string) => unknown): void {
  const file = new URL(`../../${path}`, import.meta.url);
  const there = existsSync(file) ? readFileSync(file, 'utf8') : null;
  const same = there !== null && isDeepStrictEqual(read(there), read(made));
  if (!same && process.env['UPDATE'] === '1') writeFileSync(file, made);
  else
    expect(
      same,
      `${path} is out of date: UPDATE=1 npx mocha test/scenario/generated.test.ts`,
    ).to.equal(true);
}
