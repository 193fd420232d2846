import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { problemsOf } from './kinds.ts';

const folder = new URL('../bad-scenarios/', import.meta.url);
const EXPECTED = '# gives ';

/**
 * test/bad-scenarios: a file for each mistake. Its last lines, `# gives LINE:COLUMN: message (hint)`, are all it must give. With
 * UPDATE=1 they are written anew: read the diff.
 */
describe('bad scenarios', () => {
  for (const file of readdirSync(folder).sort()) {
    it(`${file} gives exactly its lines`, () => {
      const url = new URL(file, folder);
      const text = readFileSync(url, 'utf8');
      const lines = text.split('\n');
      const scenario = lines.filter((line) => !line.startsWith(EXPECTED)).join('\n');
      const expected = lines
        .filter((line) => line.startsWith(EXPECTED))
        .map((line) => line.slice(EXPECTED.length));
      const found = problemsOf(scenario).map((line) => line.replace(/^s\.yaml:/, ''));
      if (process.env['UPDATE'] === '1') {
        const given = found.map((line) => `${EXPECTED}${line}\n`).join('');
        writeFileSync(url, `${scenario}${given}`);
        return;
      }
      expect(expected, 'the file says nothing').to.have.length.above(0);
      expect(found).to.deep.equal(expected);
    });
  }
});
