import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { CATALOGUE } from '../../src/errors/catalogue.ts';

const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
const sections = new Map(
  page
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const [code = '', , first = ''] = section.split('\n');
      return [code, first] as const;
    }),
);

describe('docs/errors.md', () => {
  it('has a section for every code of the catalogue and no other', () => {
    expect([...sections.keys()]).to.deep.equal(Object.keys(CATALOGUE));
  });

  it('begins each section with the exit code and the summary of the catalogue', () => {
    for (const [code, { exitCode, summary }] of Object.entries(CATALOGUE)) {
      expect(sections.get(code)).to.equal(`Exit code ${String(exitCode)}. ${summary}`);
    }
  });

  it('lists the catalogue in order of the codes', () => {
    const codes = Object.keys(CATALOGUE);
    expect(codes).to.deep.equal([...codes].sort());
  });
});
