import { expect } from 'chai';
import type { ReplicaCheck, RunEvent } from '../../../../src/model/event.ts';
import { eventually } from '../../../lab/eventually.ts';
import { type FakeKeystone, fakeKeystone, PASSWORD } from '../fake-keystone.ts';
import { type Probing, probing } from '../probing.ts';

type Event = Omit<RunEvent, 'probe'>;
const ofReplica = ({ kind }: Event) => kind === 'replica';
const checkOf = ({ subject, what, detail }: Event) => {
  const { outcome, reason, issuedBy, before } = detail as ReplicaCheck;
  const token = issuedBy === undefined ? '' : ` ${issuedBy}${before === true ? ' before' : ''}`;
  return `${what}${token} at ${subject?.name ?? ''}: ${outcome} ${reason}`;
};

describe('keystone probe: replicas asked directly', () => {
  let replicas: FakeKeystone[];
  let probe: Probing | null;
  beforeEach(async () => {
    probe = null;
    replicas = await Promise.all([fakeKeystone(), fakeKeystone()]);
    for (const [index, replica] of replicas.entries())
      replica.tokenValue = `gAAAA-k${String(index + 1)}`;
  });
  afterEach(async () => {
    await probe?.close();
    await Promise.all(replicas.map((replica) => replica.close()));
  });

  /** Logged in at the first, both asked every 100 ms. */
  async function asking(): Promise<Probing> {
    const endpoints = replicas.map(({ url }, index) => ({ name: `k${String(index + 1)}`, url }));
    const config = { endpoints, endpointsEvery: '100ms', timeout: '300ms' };
    probe = await probing(replicas[0]?.url ?? '', config);
    return probe;
  }
  const seen = ({ events }: Probing) => new Set(events.filter(ofReplica).map(checkOf));
  const sees = (asked: Probing, checks: readonly string[]) =>
    eventually(checks.join(', '), () => checks.every((check) => seen(asked).has(check)));

  it('issues at each and validates every token at every one, before the upgrade and in it', async () => {
    const asked = await asking();
    asked.phase('baseline');
    const pairs = (before: string) =>
      ['k1', 'k2'].flatMap((issuer) =>
        ['k1', 'k2'].map((validator) => `validate ${issuer}${before} at ${validator}: ok none`),
      );
    await sees(asked, ['issue at k1: ok none', 'issue at k2: ok none', ...pairs(' before')]);
    expect(seen(asked).size).to.equal(6);
    asked.phase('upgrade');
    await sees(asked, pairs(''));
    for (const { at, end, detail } of asked.events.filter(ofReplica)) {
      expect(detail['latencyNs']).to.be.greaterThan(0);
      expect(end).to.be.greaterThan(at);
    }
  });

  it('names the pair whose tokens are refused, and shows no token', async () => {
    const [, second] = replicas;
    if (second === undefined) throw new Error('no second replica');
    second.answer = ({ headers }, response) => {
      if (headers['x-subject-token'] !== 'gAAAA-k1') return false;
      const message = 'Could not recognize Fernet token gAAAA-k1';
      response.writeHead(404).end(JSON.stringify({ error: { code: 404, message } }));
      return undefined;
    };
    const asked = await asking();
    asked.phase('baseline');
    await sees(asked, [
      'validate k1 before at k2: failed auth',
      'validate k2 before at k1: ok none',
    ]);
    expect(JSON.stringify(asked.events)).not.to.include('gAAAA').and.not.to.include(PASSWORD);
    expect(JSON.stringify(asked.events)).to.include('Could not recognize Fernet token ***');
  });

  it('tells which one does not answer, and how', async () => {
    const asked = await asking();
    await replicas[1]?.close();
    asked.phase('baseline');
    await sees(asked, ['issue at k1: ok none', 'issue at k2: failed refused']);
  });

  it('is not judged: the targets are those of the public URL', async () => {
    const asked = await asking();
    expect((await asked.attempt('issue')).outcome).to.equal('ok');
    expect(asked.events.filter(ofReplica)).to.deep.equal([]);
  });
});
