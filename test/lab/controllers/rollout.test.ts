import { expect } from 'chai';
import fc from 'fast-check';
import {
  currentReplicas,
  fenceposts,
  progress,
  scaleDownOld,
} from '../../../src/lab/controllers/rollout.ts';
import type { Deployment, ReplicaSet } from '../../../src/lab/objects.ts';

const metadata = {
  name: 'd',
  uid: '1',
  resourceVersion: '1',
  generation: 1,
  creationTimestamp: '2026-11-22T13:06:21Z',
};
const template = { spec: { containers: [{ name: 'c', image: 'i:1' }] } };
const selector = { matchLabels: {} };

function deployment(
  replicas: number,
  maxSurge: number | string,
  maxUnavailable: number | string,
): Deployment {
  const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } };
  const spec = { replicas, selector, template, strategy, progressDeadlineSeconds: 10 };
  return { kind: 'Deployment', apiVersion: 'apps/v1', metadata, spec, status: {} };
}

function set(replicas: number, availableReplicas: number): ReplicaSet {
  const spec = { replicas, selector, template };
  const status = { replicas, readyReplicas: availableReplicas, availableReplicas };
  return { kind: 'ReplicaSet', apiVersion: 'apps/v1', metadata, spec, status };
}

describe('the arithmetic of a rollout', () => {
  it('rounds a surge up and unavailability down, and lets one be unavailable when both are 0', () => {
    expect(fenceposts(deployment(3, '25%', '25%').spec)).to.deep.equal({
      maxSurge: 1,
      maxUnavailable: 0,
    });
    expect(fenceposts(deployment(10, '25%', '25%').spec)).to.deep.equal({
      maxSurge: 3,
      maxUnavailable: 2,
    });
    expect(fenceposts(deployment(3, 0, 0).spec)).to.deep.equal({ maxSurge: 0, maxUnavailable: 1 });
  });

  it('keeps what runs between replicas - maxUnavailable and replicas + maxSurge, and gets there', () => {
    const counts = fc.record({
      replicas: fc.integer({ min: 1, max: 12 }),
      surge: fc.integer({ min: 0, max: 4 }),
      unavailable: fc.integer({ min: 0, max: 4 }),
    });
    fc.assert(
      fc.property(counts, ({ replicas, surge, unavailable }) => {
        const target = deployment(replicas, surge, unavailable);
        const { maxSurge, maxUnavailable } = fenceposts(target.spec);
        let [now, ready, before] = [0, 0, replicas];
        for (let turn = 0; turn < 100 && (before > 0 || ready < replicas); turn++) {
          const old = set(before, before);
          now = currentReplicas(target, now, [old]);
          expect(now + before).to.be.at.most(replicas + maxSurge);
          const [down] = scaleDownOld(target, { current: set(now, ready), old: [old] });
          before = down?.replicas ?? before;
          expect(ready + before).to.be.at.least(Math.min(replicas, replicas - maxUnavailable));
          ready = now;
        }
        expect([now, before]).to.deep.equal([replicas, 0]);
      }),
    );
  });

  it('takes unhealthy old replicas away first, as they serve nobody', () => {
    const [scaling] = scaleDownOld(deployment(3, 1, 0), { current: set(1, 1), old: [set(3, 2)] });
    expect(scaling?.replicas).to.equal(2);
  });

  it('a rollout that does not move is past its deadline, one that moves is not', () => {
    const now = '2026-11-22T13:07:00Z';
    const condition = {
      type: 'Progressing',
      status: 'True' as const,
      reason: 'ReplicaSetUpdated',
      lastUpdateTime: '2026-11-22T13:06:40Z',
      lastTransitionTime: '2026-11-22T13:06:40Z',
    };
    const status = {
      replicas: 4,
      updatedReplicas: 1,
      readyReplicas: 3,
      availableReplicas: 3,
      conditions: [condition],
    };
    const stuck = { ...deployment(3, 1, 0), status };
    const at = Date.parse(now);
    expect(progress(stuck, status, 'rs', at, now).condition?.reason).to.equal(
      'ProgressDeadlineExceeded',
    );
    expect(progress(stuck, status, 'rs', at - 15_000, now)).to.deep.equal({
      condition: null,
      deadlineInMs: 5000,
    });
    const moved = { ...status, readyReplicas: 4 };
    expect(progress(stuck, moved, 'rs', at, now).condition?.reason).to.equal('ReplicaSetUpdated');
  });
});
