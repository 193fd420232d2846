import { expect } from 'chai';
import { icmpConfig } from '../../../../probes/icmp/config.ts';
import { icmp } from '../../../../probes/icmp/index.ts';
import { open } from '../../../../probes/icmp/net-ping/measure.ts';
import { checkNetPing } from '../../../../probes/icmp/net-ping/permission.ts';
import { CodedError } from '../../../../src/errors/coded-error.ts';
import type { RunEvent } from '../../../../src/model/event.ts';
import { dropAnchor, runClock } from '../../../../src/platform/clock.ts';

async function openOn(input: object) {
  const config = icmpConfig.parse(input);
  const events: Omit<RunEvent, 'probe'>[] = [];
  const measurer = await open(config, {
    env: {},
    probe: 'vm',
    targets: icmp.targets(config),
    now: runClock(dropAnchor()).now,
    emit: (event) => events.push(event),
    stalledSince: () => 0,
  });
  if (measurer.type !== 'attempts') throw new Error('icmp makes attempts');
  return { measurer, events };
}

/** Blocks this thread as a busy machine would: nothing of the event loop runs. */
function stall(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

describe('icmp on loopback', () => {
  let hosts = ['127.0.0.1', '::1'];

  before(async function () {
    const problem = await checkNetPing(4);
    if (problem !== null) {
      if (process.env['CI'] !== undefined) throw problem;
      console.log(`      skipped: ${problem.message}`);
      this.skip();
    }
    if ((await checkNetPing(6)) !== null) {
      console.log('      IPv6 left out: this machine has none');
      hosts = ['127.0.0.1'];
    }
  });

  it('each address family is answered', async () => {
    const { measurer } = await openOn({ hosts });
    for (const [target] of hosts.entries()) {
      const result = await measurer.attempt(target, 0);
      expect(result).to.include({ outcome: 'ok', reason: 'none' });
      expect(result.latency).to.be.above(0);
    }
    await measurer.close();
  });

  it('payloads of an odd and of a fragmented size are answered', async () => {
    for (const size of [12, 57, 8972]) {
      const { measurer } = await openOn({ hosts, size });
      for (const [target] of hosts.entries()) {
        expect(await measurer.attempt(target, 0)).to.include({ outcome: 'ok' });
      }
      await measurer.close();
    }
  });

  it('a stall beyond the timeout with the answers waiting is no loss', async () => {
    const { measurer } = await openOn({ hosts, timeout: '50ms' });
    const attempts = Array.from({ length: 20 }, (_, seq) =>
      hosts.map((_host, target) => measurer.attempt(target, seq)),
    ).flat();
    stall(200);
    for (const result of await Promise.all(attempts)) {
      expect(result).to.include({ outcome: 'ok', late: true });
    }
    await measurer.close();
  });

  it('two probes at once do not take each other’s answers', async () => {
    const probes = await Promise.all([openOn({ hosts }), openOn({ hosts })]);
    const attempts = probes.flatMap(({ measurer }) =>
      Array.from({ length: 100 }, (_, seq) => measurer.attempt(0, seq)),
    );
    const outcomes = (await Promise.all(attempts)).map(({ outcome }) => outcome);
    expect(new Set(outcomes)).to.deep.equal(new Set(['ok']));
    expect(probes.flatMap(({ events }) => events)).to.deep.equal([]);
    for (const { measurer } of probes) await measurer.close();
  });

  it('a name is resolved once, and its address is recorded', async () => {
    const { measurer, events } = await openOn({ hosts: ['localhost'] });
    expect(events).to.have.lengthOf(1);
    expect(events[0]).to.include({ kind: 'probe', what: 'resolved', target: 'localhost' });
    expect(events[0]?.detail['address']).to.be.oneOf(['127.0.0.1', '::1']);
    await measurer.close();
  });

  it('a name that does not resolve is an error before the run', async () => {
    const config = icmpConfig.parse({ hosts: ['nowhere.invalid', '127.0.0.1'] });
    const [problem, ...more] = await icmp.preflight(config, { env: {} });
    expect(problem).to.include({ code: 'probe-config' });
    expect(problem?.message).to.contain('nowhere.invalid cannot be resolved');
    expect(more).to.deep.equal([]);
    const opening = await openOn({ hosts: ['nowhere.invalid'] }).catch((error: unknown) => error);
    expect(opening).to.be.instanceOf(CodedError);
  });
});
