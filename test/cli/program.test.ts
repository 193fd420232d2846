import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { cli } from './in-process.ts';

describe('command line', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rollproof-cli-'));
  });
  after(async () => {
    await rm(folder, { recursive: true });
  });

  async function scenario(text: string): Promise<string> {
    const path = join(folder, 'scenario.yaml');
    await writeFile(path, text);
    return path;
  }

  it('prints its help with exit code 0, and names the exit codes there', async () => {
    const { exitCode, out } = await cli(['--help']);
    expect(exitCode).to.equal(0);
    expect(out).to.match(/130 +interrupted/);
  });

  for (const argv of [
    ['rum'],
    ['run'],
    ['run', 'a.yaml', '--set', 'novalue'],
    ['report', 'x', '--format', 'pdf'],
  ]) {
    it(`refuses "${argv.join(' ')}" with exit code 3`, async () => {
      const { exitCode, err } = await cli(argv);
      expect(exitCode).to.equal(3);
      expect(err).to.match(/error:/);
    });
  }

  it('reports every mistake of a scenario as file:line:column, with exit code 3', async () => {
    const path = await scenario(
      [
        'version: 1',
        'name: four-mistakes',
        'probes:',
        '  vm: { icmp: { hosts: [127.0.0.1], evry: 20ms } }',
        '  ks: { keystone: { cloud: prod, rate: fast } }',
        'baseline: 1 minute',
        'upgrade: [{ wait: { for: 1s } }]',
        'objectives:',
        '  - vm.outage.longst == 0ms',
      ].join('\n'),
    );
    const { exitCode, err } = await cli(['run', path]);
    expect(exitCode).to.equal(3);
    const lines = err.split('\n').filter((line) => line.startsWith(path));
    expect(lines.map((line) => line.slice(path.length).split(':')[1])).to.deep.equal([
      '4',
      '5',
      '6',
      '9',
    ]);
    expect(lines[0]).to.match(/:4:\d+: .*evry.*\(.*every.*\)/);
    expect(lines[3]).to.match(/\(.*outage\.longest.*\)/);
  });

  it('refuses a COMMAND beside an upgrade of the scenario’s own, and a run with neither', async () => {
    const probes = 'version: 1\nname: x\nprobes:\n  vm: { icmp: { hosts: [127.0.0.1] } }\n';
    const both = await cli([
      'run',
      await scenario(`${probes}upgrade: [{ wait: { for: 1s } }]\n`),
      '--',
      'true',
    ]);
    expect(both.exitCode).to.equal(3);
    expect(both.err).to.contain('COMMAND');
    const neither = await cli(['run', await scenario(probes)]);
    expect(neither.exitCode).to.equal(3);
    expect(neither.err).to.contain('nothing to upgrade');
  });

  it('refuses a COMMAND for anything but run, and an empty one', async () => {
    expect((await cli(['report', folder, '--', 'true'])).exitCode).to.equal(3);
    expect((await cli(['run', 'a.yaml', '--'])).exitCode).to.equal(3);
  });

  it('names a folder that is no run, with exit code 5', async () => {
    const { exitCode, err } = await cli(['report', folder]);
    expect(exitCode).to.equal(5);
    expect(err).to.contain(folder);
    expect(err).to.contain('hint:');
  });

  it('names the faults of the demo and refuses an unknown one', async () => {
    const list = await cli(['demo', '--list']);
    expect(list.exitCode).to.equal(0);
    for (const fault of [
      'no-drain',
      'slow-start',
      'vm-blackhole',
      'token-break',
      'stuck-rollout',
      'stalled-verifier',
    ]) {
      expect(list.out).to.contain(fault);
    }
    expect((await cli(['demo', '--break', 'nothing'])).exitCode).to.equal(3);
  });
});
