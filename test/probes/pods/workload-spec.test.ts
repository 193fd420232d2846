import { expect } from 'chai';
import fc from 'fast-check';
import {
  deploymentUnavailable,
  type WorkloadKind,
  workloadSpec,
} from '../../../probes/pods/workload-spec.ts';

const spec = (kind: WorkloadKind, specOf: object, status: object = {}) =>
  workloadSpec(kind)({
    metadata: { name: 'w', uid: 'u', resourceVersion: '1' },
    spec: specOf,
    status,
  });

describe('floor of a workload', () => {
  const rolling = (maxUnavailable?: number | string, maxSurge?: number | string) => ({
    type: 'RollingUpdate',
    rollingUpdate: { maxUnavailable, maxSurge },
  });

  it('rounds a percentage that may be unavailable down: 25 % of 3 is none', () => {
    expect(spec('Deployment', { replicas: 3, strategy: rolling() })).to.include({
      desired: 3,
      floor: 3,
    });
    expect(spec('Deployment', { replicas: 4, strategy: rolling() })).to.include({ floor: 3 });
    expect(spec('Deployment', { replicas: 7, strategy: rolling('50%', 1) })).to.include({
      floor: 4,
    });
  });

  it('lets one be missing where neither surge nor unavailability would let the rollout move', () => {
    expect(deploymentUnavailable(3, 0, 0)).to.equal(1);
    expect(deploymentUnavailable(3, '10%', 0)).to.equal(1);
    expect(deploymentUnavailable(3, 0, '10%')).to.equal(0);
  });

  it('is 0 for Recreate: the strategy itself takes all down', () => {
    expect(spec('Deployment', { replicas: 3, strategy: { type: 'Recreate' } })).to.include({
      floor: 0,
    });
  });

  it('is never negative and never above the replicas', () => {
    const bound = fc.oneof(
      fc.nat(20),
      fc.nat(100).map((percent) => `${String(percent)}%`),
    );
    fc.assert(
      fc.property(fc.nat(50), bound, bound, (replicas, down, surge) => {
        const missing = deploymentUnavailable(replicas, down, surge);
        expect(missing).to.be.within(0, replicas);
      }),
    );
  });

  it('lets a StatefulSet and a DaemonSet miss one at a time unless they say more', () => {
    expect(spec('StatefulSet', { replicas: 3 })).to.include({ desired: 3, floor: 2 });
    expect(spec('DaemonSet', {}, { desiredNumberScheduled: 5 })).to.include({
      desired: 5,
      floor: 4,
    });
    const surging = { updateStrategy: rolling(0, 1) };
    expect(spec('DaemonSet', surging, { desiredNumberScheduled: 5 })).to.include({ floor: 5 });
  });

  it('is all replicas of a ReplicaSet of its own, which has no strategy', () => {
    expect(spec('ReplicaSet', { replicas: 2 })).to.include({ desired: 2, floor: 2 });
  });
});
