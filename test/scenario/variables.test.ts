// biome-ignore-all lint/suspicious/noTemplateCurlyInString: a scenario spells its variables this way
import { expect } from 'chai';
import { hostsOf, loaded, problemsOf } from './kinds.ts';

const head = 'version: 1\nname: x\n';
const hosts = (text: string) =>
  `${head}probes:\n  vm:\n    ping:\n      hosts:\n        - ${text}\n`;
const hostOf = (text: string, env: Record<string, string> = {}) => hostsOf(hosts(text), { env })[0];

describe('variables', () => {
  it('are replaced in plain, quoted and block texts', () => {
    expect(hostOf('${A}', { A: 'vm1' })).to.equal('vm1');
    expect(hostOf('"a-${A}-${B}"', { A: '1', B: '2' })).to.equal('a-1-2');
    expect(hostOf("'${A}'", { A: "it's" })).to.equal("it's");
    expect(hostOf('|-\n          ${A}', { A: 'x' })).to.equal('x');
  });

  it('take the default when unset or empty, and without a default may be empty', () => {
    expect(hostOf('${A:-b}')).to.equal('b');
    expect(hostOf('${A:-b}', { A: '' })).to.equal('b');
    expect(hostOf('x${A}', { A: '' })).to.equal('x');
    expect(hostOf('x${A:-}')).to.equal('x');
    expect(hostOf('${A:-a:b-c}')).to.equal('a:b-c');
  });

  it('are escaped by a second dollar sign', () => {
    expect(hostOf('$${A}')).to.equal('${A}');
    expect(hostOf('$$${A}')).to.equal('$${A}');
    expect(hostOf('$${A}-${A}', { A: '1' })).to.equal('${A}-1');
    expect(hostOf('$A $$ $')).to.equal('$A $$ $');
  });

  it('cannot inject YAML or further variables', () => {
    const A = 'x\nobjectives: []\n"${B}';
    expect(hostOf('${A}', { A, B: 'no' })).to.equal(A);
  });

  it('stay texts where a text is wanted, also when they look like numbers', () => {
    expect(hostOf('${A}', { A: '2025' })).to.equal('2025');
  });

  it('become numbers and booleans where those are wanted, unless quoted', () => {
    const text = (size: string) =>
      `${head}probes:\n  vm: { ping: { hosts: [a] } }\nupgrade:\n  - scale:\n      deployment: \${N}\n      replicas: ${size}\n`;
    const { upgrade } = loaded(text('${N}'), { env: { N: '3' } });
    expect(upgrade?.[0]?.config).to.deep.equal({ deployment: '3', replicas: 3 });
    expect(problemsOf(text('"${N}"'), { env: { N: '3' } })).to.deep.equal([
      's.yaml:8:17: expected a number, not a text',
    ]);
    expect(problemsOf(text('${N}'), { env: { N: 'three' } })).to.have.length(1);
    const control = `${head}probes:\n  vm:\n    control: \${C}\n    ping: { hosts: [a] }\n`;
    expect(loaded(control, { env: { C: 'true' } }).probes[0]?.control).to.equal(true);
    expect(
      loaded(control.replace('version: 1', 'version: ${V}'), { env: { C: 'false', V: '1' } }).name,
    ).to.equal('x');
  });

  it('make durations and rates', () => {
    const text = `${head}baseline: \${B:-5s}\nprobes:\n  k:\n    login:\n      rate: \${R:-50}/s\n`;
    const scenario = loaded(text, { env: { R: '7' } });
    expect(scenario.baselineNs).to.equal(5e9);
    expect(scenario.probes[0]?.config).to.include({ rate: 7 });
  });

  it('are told at their own place when they are not set', () => {
    expect(problemsOf(hosts('"a ${B} ${C}"'))).to.deep.equal([
      's.yaml:7:14: the variable B is not set (set it, or give a default: ${B:-...})',
      's.yaml:7:19: the variable C is not set (set it, or give a default: ${C:-...})',
    ]);
  });

  it('are not looked up on the prototype of the environment', () => {
    expect(problemsOf(hosts('${constructor}'))[0]).to.contain('constructor is not set');
  });
});
