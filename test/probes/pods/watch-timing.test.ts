import { expect } from 'chai';
import fc from 'fast-check';
import { createKnowledge } from '../../../probes/pods/knowledge.ts';
import { ownerOf } from '../../../probes/pods/owner.ts';
import { reconnectPause, watchTiming } from '../../../probes/pods/watch-timing.ts';

describe('pause before a reconnection', () => {
  const timing = watchTiming(10_000);

  it('is 0.2 s after a steady stream and at most 5 s, however many short ones came before', () => {
    expect(reconnectPause(timing, 0, 0.99)).to.equal(200);
    fc.assert(
      fc.property(
        fc.nat(10_000),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (unsteady, random) => {
          expect(reconnectPause(timing, unsteady, random)).to.be.within(200, 5_000);
        },
      ),
    );
    expect(reconnectPause(timing, 100, 0.999)).to.be.greaterThan(4_900);
  });
});

describe('what is known of a watched resource', () => {
  it('ends with the last thing heard when the stream is lost', () => {
    const knowledge = createKnowledge(0);
    knowledge.heard(10);
    knowledge.lose();
    knowledge.heard(15);
    expect(knowledge.regain(20)).to.deep.equal({ start: 10, end: 20 });
  });

  it('ends with the last list that agreed when a list shows what the stream withheld', () => {
    const knowledge = createKnowledge(0);
    knowledge.confirmed(5);
    knowledge.heard(10);
    knowledge.disprove();
    expect(knowledge.regain(20)).to.deep.equal({ start: 5, end: 20 });
  });

  it('has no gap when the stream was never lost', () => {
    const knowledge = createKnowledge(0);
    knowledge.heard(10);
    expect(knowledge.regain(20)).to.equal(null);
  });
});

describe('owner of a pod', () => {
  const owner = (kind: string, name: string) => [{ kind, name, controller: true }];

  it('is the Deployment whose ReplicaSet it came from', () => {
    const labels = { 'pod-template-hash': '648d7699dc' };
    const ownerReferences = owner('ReplicaSet', 'keystone-api-648d7699dc');
    expect(ownerOf({ name: 'p', labels, ownerReferences })).to.deep.equal({
      kind: 'Deployment',
      name: 'keystone-api',
    });
  });

  it('is the ReplicaSet itself where no Deployment made it', () => {
    expect(ownerOf({ name: 'p', ownerReferences: owner('ReplicaSet', 'web') }).kind).to.equal(
      'ReplicaSet',
    );
  });

  it('is the controller, not just any owner, and the pod itself where there is none', () => {
    const ownerReferences = [
      { kind: 'ConfigMap', name: 'c' },
      { kind: 'StatefulSet', name: 'mariadb', controller: true },
    ];
    expect(ownerOf({ name: 'p', ownerReferences })).to.deep.equal({
      kind: 'StatefulSet',
      name: 'mariadb',
    });
    expect(ownerOf({ name: 'p' })).to.deep.equal({ kind: 'Pod', name: 'p' });
  });
});
