import { readdir } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { startVerifier, type Verifier } from './verifier.ts';

describe('rollproof run --metrics', function () {
  this.timeout(60_000);
  let web: Server;
  let port = 0;
  let verifier: Verifier | null = null;
  before(async () => {
    web = createServer((_, response) => response.end('fine'));
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
    ({ port } = web.address() as AddressInfo);
  });
  after(() => {
    web.closeAllConnections();
    web.close();
  });
  afterEach(async () => {
    await verifier?.remove();
    verifier = null;
  });
  const scenario = () =>
    [
      'version: 1',
      'name: test',
      'probes:',
      `  web: { http: { url: "http://127.0.0.1:${String(port)}/", rate: 50/s } }`,
      'baseline: 30s',
      'settle: 1s',
      '',
    ].join('\n');

  it('serves the run that is under way, and lets go of the port when it ends', async () => {
    const args = ['--metrics', ':0', '--', 'true'];
    verifier = await startVerifier(scenario(), { args });
    await verifier.says(/metrics: http:\/\/127\.0\.0\.1:\d+\/metrics/);
    const url = /metrics: (\S+)/.exec(verifier.output().err)?.[1] ?? '';
    let text = '';
    const counted = /rollproof_attempts_total\{probe="web",target="[^"]*",outcome="ok"\} [1-9]/;
    while (!counted.test(text)) {
      expect(verifier.child.exitCode, verifier.output().err).to.equal(null);
      await new Promise((resolve) => setTimeout(resolve, 50));
      text = await (await fetch(url)).text();
    }
    expect(text).to.match(/rollproof_phase\{phase="baseline"\} 1/);
    expect(text).to.match(/rollproof_latency_seconds_count\{[^}]*\} [1-9]/);
    verifier.child.kill('SIGINT');
    expect((await verifier.exited).code).to.equal(130);
    expect(await fetch(url).catch(() => 'closed')).to.equal('closed');
  });

  it('ends before anything begins where the port is taken or the address is none', async () => {
    const args = ['--metrics', `127.0.0.1:${String(port)}`, '--', 'true'];
    verifier = await startVerifier(scenario(), { args });
    expect((await verifier.exited).code).to.equal(5);
    expect(verifier.output().err).to.match(/EADDRINUSE.*\nhint: .*\n\(metrics-address, exit 5/);
    expect(await readdir(verifier.folder)).to.deep.equal(['scenario.yaml']);
    await verifier.remove();
    verifier = await startVerifier(scenario(), { args: ['--metrics', 'nowhere', '--', 'true'] });
    expect((await verifier.exited).code).to.equal(3);
  });
});
