// biome-ignore-all lint/suspicious/noTemplateCurlyInString: a scenario spells its variables this way
import { expect } from 'chai';
import { hostsOf, loaded, problemsOf } from './kinds.ts';

const text =
  'version: 1\nname: x\nprobes:\n  vm: { ping: { hosts: [a, b] } }\n  gw: { ping: { hosts: ["${UNSET}"] } }\nobjectives:\n  - vm.loss == 0%\n';
const without = 'probes.gw=null';
const set = (...more: readonly string[]) => loaded(text, { set: [without, ...more] });
const refused = (...more: readonly string[]) => problemsOf(text, { set: [without, ...more] });

describe('--set', () => {
  it('removes a key, with the variables in it', () => {
    expect(set().probes.map(({ name }) => name)).to.deep.equal(['vm']);
    expect(problemsOf(text)).to.have.length(1);
  });

  it('sets texts, numbers, lists and maps, and makes the maps on the way', () => {
    const { probes, baselineNs, upgrade } = set(
      'baseline=5s',
      'probes.vm.ping.size=100',
      'probes.vm.ping.hosts=[c, "10"]',
      'probes.new.login.labels={a: b}',
      'upgrade=[{ wait: { for: 1s } }]',
    );
    expect(baselineNs).to.equal(5e9);
    expect(probes[0]?.config).to.deep.include({ size: 100, hosts: ['c', '10'] });
    expect(probes[1]?.config).to.deep.include({ labels: { a: 'b' } });
    expect(upgrade).to.have.length(1);
  });

  it('replaces, appends to and removes from lists', () => {
    expect(set('objectives.0=vm.loss <= 1%').objectives).to.deep.equal(['vm.loss <= 1%']);
    expect(set('objectives.1=vm.loss <= 1%').objectives).to.have.length(2);
    const hosts = hostsOf(text, { set: [without, 'probes.vm.ping.hosts.0=null'] });
    expect(hosts).to.deep.equal(['b']);
  });

  it('takes a value with =, a comment sign or nothing as it is, and a dot in a key', () => {
    const { probes } = set(
      'probes.k.login.labels={}',
      'probes.k.login.labels.a\\.b=c=d',
      'probes.k.login.labels.e=#f',
      'probes.k.login.labels.g=',
    );
    expect(probes[1]?.config).to.deep.include({ labels: { 'a.b': 'c=d', e: '#f', g: '' } });
  });

  it('replaces variables in its value', () => {
    const { name } = loaded(text, { set: [without, 'name=${N}'], env: { N: 'y' } });
    expect(name).to.equal('y');
  });

  it('tells its mistakes by path, without the value', () => {
    expect(refused('baseline=soon')).to.deep.equal([
      '--set baseline: "soon" is not a duration (write it like 20ms, 1.5s or 1m30s)',
    ]);
    expect(refused('probes.vm.ping.evry=1s')).to.deep.equal([
      '--set probes.vm.ping.evry: unknown key "evry" (did you mean "every"?)',
    ]);
    expect(refused('probes.vm.ping={}')).to.deep.equal([
      '--set probes.vm.ping: "hosts" is missing (give a list)',
    ]);
    expect(refused('name=[')[0]).to.match(/^--set name: not valid YAML/);
    expect(refused('name')[0]).to.match(/^--set name: this is not path=value/);
    expect(refused('probes..vm=1')[0]).to.match(/this is not path=value/);
    expect(refused('__proto__.x=1')[0]).to.match(/this is not path=value/);
  });

  it('refuses to remove what is not there, and entries beyond a list', () => {
    expect(refused('probes.wm=null')).to.deep.equal([
      '--set probes.wm: there is no "wm" to remove (did you mean "vm"?)',
    ]);
    expect(refused('objectives.2=vm.loss == 0%')[0]).to.contain('no entry "2" (0 to 1)');
    expect(refused('objectives.first=x')[0]).to.contain('no entry "first"');
    expect(refused('name.x=1')[0]).to.contain('a single value stands there');
  });
});
