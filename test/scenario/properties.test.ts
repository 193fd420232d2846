// biome-ignore-all lint/suspicious/noTemplateCurlyInString: a scenario spells its variables this way
import { expect } from 'chai';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { escapeVariables } from '../../src/scenario/variables.ts';
import { load, loaded, problemsOf } from './kinds.ts';

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
const length = fc
  .tuple(fc.nat(999), fc.constantFrom('ms', 's', 'm'))
  .map(([count, unit]) => `${String(count)}${unit}`);
const optional = <T extends object>(record: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(record, { requiredKeys: [] });

const ping = fc.record({ hosts: fc.array(text, { minLength: 1, maxLength: 3 }) }).chain((needed) =>
  optional({ size: fc.integer({ min: 0, max: 1400 }), strict: fc.boolean() }).map((more) => ({
    ping: { ...needed, ...more },
  })),
);
const login = optional({
  rate: fc.integer({ min: 1, max: 999 }).map((n) => `${String(n)}/s`),
  cloud: text,
  labels: fc.dictionary(
    text.filter((key) => key !== '__proto__' && key !== '<<' && !/TOKEN|SECRET/i.test(key)),
    text,
    { maxKeys: 3 },
  ),
}).map((config) => ({ login: config }));
const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,8}$/);

const scenario = fc
  .record({
    probes: fc.dictionary(name, fc.oneof(ping, login), { minKeys: 1, maxKeys: 4 }),
    baseline: length,
    settle: length,
  })
  .chain((needed) =>
    fc
      .option(
        fc.array(
          length.map((time) => ({ wait: { for: time } })),
          { minLength: 1, maxLength: 3 },
        ),
      )
      .map((upgrade) => ({
        version: 1,
        name: 'x',
        ...needed,
        ...(upgrade === null ? {} : { upgrade }),
      })),
  );

/** What people write, and what they get wrong when they edit it. */
const SEED = `version: 1
name: x
probes:
  vm: &vm { ping: { hosts: [a, "b-\${A:-1}"], every: 20ms } }
  k:
    login:
      auth: { user: u, password: "\${P}" }
  copy: *vm
upgrade:
  - name: pause
    wait: { for: 1s }
objectives:
  - vm.loss == 0%
`;

describe('any scenario', () => {
  it('that fits the schema loads, and its resolved form loads to the same', () => {
    fc.assert(
      fc.property(scenario, (value) => {
        const escaped: unknown = JSON.parse(JSON.stringify(value), (_key, each: unknown) =>
          typeof each === 'string' ? escapeVariables(each) : each,
        );
        const first = loaded(stringify(escaped, { version: '1.2' }));
        expect(Object.keys(value.probes)).to.have.members(first.probes.map((probe) => probe.name));
        for (const probe of first.probes) {
          const config = Object.values(value.probes[probe.name] ?? {})[0] as object;
          const kept = Object.fromEntries(Object.entries(config).filter(([key]) => key !== 'rate'));
          expect(probe.config).to.deep.include(kept);
        }
        expect(loaded(first.resolvedYaml)).to.deep.equal(first);
      }),
      { numRuns: 60 },
    );
  });
});

describe('no text makes the loader throw:', () => {
  const places = (lines: readonly string[]) => {
    for (const line of lines) expect(line).to.match(/^s\.yaml:[1-9]\d*:[1-9]\d*: ./);
  };

  it('arbitrary texts', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (garbage) => {
        places(problemsOf(garbage));
        places(problemsOf(`${SEED}${garbage}`, { env: { P: 'x' } }));
      }),
      { numRuns: 150 },
    );
  });

  it('texts of what YAML is made of', () => {
    const piece = fc.constantFrom(
      '- ',
      ': ',
      '? ',
      '{',
      '}',
      '[',
      ']',
      ',',
      '&a ',
      '*a',
      '!t ',
      '|',
      '>',
      '"',
      "'",
      '#',
      '%',
      '\n',
      '\n  ',
      '\t',
      '---\n',
      '...',
      '<<',
      'a',
      '1',
      'null',
      '~',
      '${',
      '}',
      '${A}',
      'version',
      'probes',
      'ping',
      '!!map ',
      '!!set ',
      '!!binary ',
      '\u0085',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 25 }), (pieces) => {
        places(problemsOf(pieces.join('')));
      }),
      { numRuns: 300 },
    );
  });

  it('a scenario with a piece cut out, doubled or replaced', () => {
    const at = fc.nat(SEED.length);
    fc.assert(
      fc.property(
        at,
        fc.nat(30),
        fc.string({ maxLength: 4 }),
        fc.boolean(),
        (from, count, put, twice) => {
          const middle = twice ? SEED.slice(from, from + count) : '';
          places(
            problemsOf(
              SEED.slice(0, from) + put + middle + SEED.slice(twice ? from : from + count),
              { env: { P: 'x' } },
            ),
          );
        },
      ),
      { numRuns: 200 },
    );
  });

  it('any --set', () => {
    const path = fc.array(
      fc.constantFrom('probes', 'vm', 'ping', 'hosts', '0', '2', 'objectives', 'name', 'x', ''),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(
        path,
        fc.oneof(fc.string(), fc.constantFrom('null', '[', '{}', '*a', '&a 1', '${P}')),
        (keys, value) => {
          load(SEED, { env: { P: 'x' }, set: [`${keys.join('.')}=${value}`] });
        },
      ),
      { numRuns: 200 },
    );
  });
});
