import { lookup } from 'node:dns/promises';
import { expect } from 'chai';
import { parseAddress } from '../../../probes/icmp/address.ts';
import { icmp } from '../../../probes/icmp/index.ts';
import { watchNames } from '../../../probes/icmp/name-watch.ts';
import { resolveHosts } from '../../../probes/icmp/resolve-hosts.ts';
import { CodedError } from '../../../src/errors/coded-error.ts';
import type { RunEvent } from '../../../src/model/event.ts';
import { resolveAll, resolveName } from '../../../src/platform/resolve-name.ts';

/** Watches names whose addresses the test sets; `minute` lets one pass. */
function watch(hosts: readonly (readonly [name: string, address: string])[]) {
  const dns = new Map<string, readonly string[]>();
  const events: Omit<RunEvent, 'probe'>[] = [];
  const asked: string[] = [];
  let turn = () => {};
  let ended = false;
  const stop = watchNames(
    hosts.map(([host, text]) => {
      const address = parseAddress(text);
      if (address === null) throw new Error(text);
      return { host, address };
    }),
    { emit: (event) => events.push(event), now: () => 42 },
    (name) => {
      asked.push(name);
      const addresses = dns.get(name);
      return addresses === undefined
        ? Promise.reject(new Error('ENOTFOUND'))
        : Promise.resolve(addresses);
    },
    (again) => {
      turn = again;
      return () => {
        ended = true;
      };
    },
  );
  const said = () =>
    events.splice(0).map(({ kind, target, what, detail }) => ({ kind, target, what, ...detail }));
  return {
    dns,
    asked,
    said,
    stop,
    ended: () => ended,
    minute: async () => {
      turn();
      await new Promise(setImmediate);
    },
  };
}

describe('watch over names', () => {
  it('says to what a name was resolved, and later that it is another address now', async () => {
    const { dns, said, minute } = watch([['vm', '10.0.0.5']]);
    expect(said()).to.deep.equal([
      { kind: 'probe', target: 'vm', what: 'resolved', address: '10.0.0.5' },
    ]);
    dns.set('vm', ['10.0.0.5']);
    await minute();
    expect(said()).to.deep.equal([]);
    dns.set('vm', ['10.0.0.6']);
    await minute();
    await minute();
    expect(said()).to.deep.equal([
      { kind: 'probe', target: 'vm', what: 're-resolved', address: '10.0.0.6', was: '10.0.0.5' },
    ]);
    dns.set('vm', ['10.0.0.5']);
    await minute();
    expect(said()).to.deep.include({
      kind: 'probe',
      target: 'vm',
      what: 're-resolved',
      address: '10.0.0.5',
      was: '10.0.0.6',
    });
  });

  it('of a name with several addresses tells only that the one that is pinged is gone', async () => {
    const { dns, said, minute } = watch([['vm', '10.0.0.5']]);
    said();
    for (const addresses of [
      ['10.0.0.5', '10.0.0.6'],
      ['10.0.0.6', '10.0.0.5'],
      ['fd00::5', '10.0.0.6', '10.0.0.5'],
    ]) {
      dns.set('vm', addresses);
      await minute();
      expect(said()).to.deep.equal([]);
    }
    dns.set('vm', ['10.0.0.6', '10.0.0.7']);
    await minute();
    const gone = { kind: 'probe', target: 'vm', what: 're-resolved' };
    expect(said()).to.deep.equal([{ ...gone, address: '10.0.0.6', was: '10.0.0.5' }]);
    // In another order: nothing new.
    dns.set('vm', ['10.0.0.7', '10.0.0.6']);
    await minute();
    expect(said()).to.deep.equal([]);
    dns.set('vm', ['10.0.0.7', '10.0.0.5']);
    await minute();
    expect(said()).to.deep.equal([{ ...gone, address: '10.0.0.5', was: '10.0.0.6' }]);
  });

  it('asks for no address that was written as one, however it is written', async () => {
    const { said, minute, asked } = watch([
      ['10.0.0.5', '10.0.0.5'],
      ['FD00:0::1', 'fd00::1'],
      ['::ffff:10.0.0.1', '10.0.0.1'],
    ]);
    await minute();
    expect([said(), asked]).to.deep.equal([[], []]);
  });

  it('takes another spelling of the address for the same', async () => {
    const { dns, said, minute } = watch([['vm', 'fd00::1']]);
    said();
    dns.set('vm', ['FD00:0:0::1']);
    await minute();
    expect(said()).to.deep.equal([]);
  });

  it('is silent while a name cannot be resolved', async () => {
    const { said, minute } = watch([['vm', '10.0.0.5']]);
    said();
    await minute();
    expect(said()).to.deep.equal([]);
  });

  it('says a name once that is pinged twice', () => {
    expect(
      watch([
        ['vm', '10.0.0.5'],
        ['vm', '10.0.0.5'],
      ]).said(),
    ).to.have.length(1);
  });

  it('ends when it is told to', () => {
    const { stop, ended } = watch([['vm', '10.0.0.5']]);
    stop();
    expect(ended()).to.equal(true);
  });
});

describe('the system’s resolver', () => {
  it('gives all addresses of a name, the first of them first', async () => {
    const all = await resolveAll('localhost');
    expect(all[0]).to.equal(await resolveName('localhost'));
    for (const address of all) expect(parseAddress(address)).to.not.equal(null);
  });
});

describe('resolving hosts', () => {
  it('asks once for a name that is there twice: both are pinged at one address', async () => {
    let asked = 0;
    const resolved = await resolveHosts(['vm', '10.0.0.9', 'vm'], {
      resolve: () => Promise.resolve(`10.0.0.${String(++asked)}`),
    });
    expect(
      resolved.map((host) => (host instanceof CodedError ? '' : host.address.text)),
    ).to.deep.equal(['10.0.0.1', '10.0.0.9', '10.0.0.1']);
  });

  it('refuses a name that leads nowhere or where no one host answers', async () => {
    const [nowhere, many] = await resolveHosts(['nowhere', 'many'], {
      resolve: (name) =>
        name === 'many' ? Promise.resolve('224.0.0.1') : Promise.reject(new Error('ENOTFOUND')),
    });
    expect(nowhere).to.be.instanceOf(CodedError);
    expect(many).to.have.property('message').that.contains('multicast');
  });

  it('refuses a name whose address is of another family than `source`, and says which is which', async () => {
    const resolve = (name: string) => Promise.resolve(name === 'six' ? 'fd00::5' : '10.0.0.5');
    const [six, four] = await resolveHosts(['six', 'four'], { source: '10.0.0.1', resolve });
    expect(six).to.be.instanceOf(CodedError);
    expect(six).to.include({
      code: 'probe-config',
      message: 'six cannot be pinged: it is fd00::5 (IPv6), and `source` 10.0.0.1 is of IPv4',
    });
    expect(four).to.have.nested.property('address.text', '10.0.0.5');
    const [other] = await resolveHosts(['four'], { source: 'fd00::1', resolve });
    expect(other).to.have.property('message').that.contains('it is 10.0.0.5 (IPv4)');
  });

  it('so does the check before the run', async () => {
    const { family } = await lookup('localhost', { order: 'verbatim' });
    const source = family === 4 ? '::1' : '127.0.0.1';
    const config = icmp.config.parse({ hosts: ['localhost'], source, engine: 'kernel' });
    const problems = await icmp.preflight(config, { env: {} });
    const told = problems.map(({ message }) => message);
    expect(
      told.filter((message) => message.startsWith('localhost cannot be pinged')),
    ).to.have.length(1);
  });
});
