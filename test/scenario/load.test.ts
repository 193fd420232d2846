import { expect } from 'chai';
import { load, loaded, problemsOf } from './kinds.ts';

const head = 'version: 1\nname: x\n';
const vm = `${head}probes:\n  vm: { ping: { hosts: [a] } }\n`;

describe('loadScenario', () => {
  it('fills in defaults and reads durations', () => {
    const scenario = loaded(vm);
    expect(scenario.name).to.equal('x');
    expect(scenario.baselineNs).to.equal(60e9);
    expect(scenario.settleNs).to.equal(30e9);
    expect(scenario.upgrade).to.equal(null);
    expect(scenario.objectives).to.equal(null);
    expect(scenario.probes).to.deep.equal([
      { name: 'vm', kind: 'ping', control: false, config: { hosts: ['a'], every: 20e6, size: 56 } },
    ]);
  });

  it('keeps probes in the order of the file and knows controls', () => {
    const scenario = loaded(
      `${head}probes:\n  z: { login: {} }\n  a: { control: true, ping: { hosts: [a] } }\n`,
    );
    expect(scenario.probes.map(({ name, control }) => [name, control])).to.deep.equal([
      ['z', false],
      ['a', true],
    ]);
  });

  it('names steps after what they do, and numbers the second of a name', () => {
    const step = '  - wait: { for: 1s }\n';
    const scale = '  - scale: { deployment: api, replicas: 3 }\n';
    const { upgrade } = loaded(
      `${vm}upgrade:\n${step}${step}  - { name: wait (2), wait: { for: 1s } }\n${scale}`,
    );
    const names = upgrade?.map(({ name }) => name);
    expect(names).to.deep.equal(['wait', 'wait (3)', 'wait (2)', 'scale api to 3']);
  });

  it('expands aliases', () => {
    const { probes } = loaded(
      `${head}probes:\n  a: { ping: &p { hosts: &h [x, y], every: 1s } }\n  b: { ping: *p }\n  c: { ping: { hosts: *h } }\n`,
    );
    expect(probes[1]?.config).to.deep.equal(probes[0]?.config);
    expect(probes[2]?.config).to.include.deep.keys({ hosts: ['x', 'y'] });
  });

  it('tells every mistake of a file at once, in order of place', () => {
    const text = `${head}settle: never\nprobes:\n  vm: { ping: { hosts: [a], evry: 1s, size: big } }\nobjectives: [vm.loss == 0%, nobody.loss == 0%]\n`;
    expect(problemsOf(text)).to.deep.equal([
      's.yaml:3:9: "never" is not a duration (write it like 20ms, 1.5s or 1m30s)',
      's.yaml:5:29: unknown key "evry" (did you mean "every"?)',
      's.yaml:5:45: expected a number, not a text',
      's.yaml:6:29: there is no probe "nobody"',
    ]);
  });

  it('takes a file with Windows line ends and a byte order mark', () => {
    expect(loaded(`\uFEFF${vm.replaceAll('\n', '\r\n')}`).probes).to.have.length(1);
  });

  it('refuses what is too large, too deep or too much once aliases are expanded', () => {
    expect(problemsOf(`${vm}# ${'x'.repeat(300_000)}`)).to.deep.equal([
      's.yaml:1:1: the scenario is too large (at most 64 KiB)',
    ]);
    expect(problemsOf(`a: ${'['.repeat(45)}${']'.repeat(45)}`).join()).to.contain(
      'nested too deeply',
    );
    expect(problemsOf('['.repeat(10_000)).join()).to.match(/not valid YAML|cannot be read/);
    expect(problemsOf(`a:\n${' '.repeat(300)}b: 1\n`)).to.deep.equal([
      's.yaml:2:1: indented too far (at most 256 blanks)',
    ]);
    const doubling = Array.from({ length: 30 }, (_, at) => {
      const before = at === 0 ? 'x' : `*a${String(at - 1)}`;
      return `k${String(at)}: &a${String(at)} [${before}, ${before}]\n`;
    });
    expect(problemsOf(doubling.join('')).join()).to.contain('too many values');
  });

  it('shows at most a hundred mistakes', () => {
    const keys = Array.from({ length: 150 }, (_, at) => `k${String(at)}: 1\n`).join('');
    const problems = problemsOf(vm + keys);
    expect(problems).to.have.length(101);
    expect(problems.at(-1)).to.contain('50 more problems are not shown');
  });

  it('refuses the names that JavaScript reserves', () => {
    expect(problemsOf(`${vm}__proto__: { x: 1 }\n`)).to.deep.equal([
      's.yaml:5:1: a key must be a plain text',
    ]);
    expect(problemsOf(`${vm}constructor: 1\n`)[0]).to.contain('unknown key "constructor"');
    expect(load(`${head}probes:\n  toString: { ping: { hosts: [a] } }\n`).ok).to.equal(true);
  });
});
