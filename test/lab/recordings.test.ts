import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { Cluster } from '../../src/lab/cluster.ts';
import { eventually } from './eventually.ts';
import {
  deployKeystone,
  deploymentOf,
  isComplete,
  NEXT_IMAGE,
  quickCluster,
  setImage,
} from './small-cluster.ts';
import {
  deploymentStory,
  eventReasons,
  type Observed,
  podNames,
  podStory,
  record,
  replicaSetNames,
  replicaSetStory,
} from './transitions.ts';

/**
 * The lab does what a real cluster was recorded doing. Tolerated, because the real one varies in it from one replica to
 * the next: in which of two adjacent turns a controller counts (states of a Deployment or ReplicaSet that are there for a few ms), how
 * often a readiness probe failed, names and times.
 */
describe('the lab beside recordings of a real cluster', function () {
  this.timeout(40_000);
  let lab: Cluster;

  beforeEach(async () => {
    lab = await quickCluster();
    await deployKeystone(lab);
  });
  afterEach(() => lab.close());

  describe('a rolling update', () => {
    const real = recording('rolling-update');
    let own: readonly Observed[];

    beforeEach(async () => {
      const { observed, stop } = record(lab.store);
      setImage(lab, NEXT_IMAGE);
      await eventually(
        'the rollout is complete and the old pods are gone',
        () => isComplete(deploymentOf(lab.store)) && lab.store.list('pods').length === 3,
      );
      stop();
      own = observed;
    });

    it('tells the same story of pods, endpoints, events, ReplicaSets and the Deployment, three available throughout', () => {
      const added = (observed: readonly Observed[]) =>
        podNames(observed).filter(
          (name) => podStory(observed, name)[0]?.startsWith('ADDED') === true,
        );
      const deleted = (observed: readonly Observed[]) =>
        podNames(observed).filter((name) => !added(observed).includes(name));

      const [realNew = '', realOld = ''] = [added(real)[0], deleted(real)[0]];
      expect(added(own)).to.have.length(3);
      expect(deleted(own)).to.have.length(3);
      for (const name of added(own)) {
        expect(podStory(own, name)).to.deep.equal(podStory(real, realNew));
        expect(steady(eventReasons(own, 'Pod', name))).to.deep.equal(
          steady(eventReasons(real, 'Pod', realNew)),
        );
      }
      for (const name of deleted(own)) {
        expect(fromDeletion(podStory(own, name))).to.deep.equal(
          fromDeletion(podStory(real, realOld)),
        );
        expect(steady(eventReasons(own, 'Pod', name))).to.deep.equal(
          steady(eventReasons(real, 'Pod', realOld)),
        );
      }

      const sets = (observed: readonly Observed[]) =>
        replicaSetNames(observed).map((name) => settled(replicaSetStory(observed, name)));
      expect(sets(own)).to.deep.equal(sets(real));
      expect(settledDeployment(own)).to.deep.equal(settledDeployment(real));
      expect(eventReasons(own, 'Deployment', 'keystone-api')).to.deep.equal(
        eventReasons(real, 'Deployment', 'keystone-api'),
      );

      const counts = deploymentStory(own).map((line) => ({
        available: Number(/ available=(\d)/.exec(line)?.[1]),
        replicas: Number(/replicas=(\d)/.exec(line)?.[1]),
      }));
      expect(Math.min(...counts.map(({ available }) => available))).to.equal(3);
      expect(Math.max(...counts.map(({ replicas }) => replicas))).to.equal(4);
    });
  });

  it('an image that does not exist reads as recorded until it is undone', async () => {
    const real = recording('bad-image-undo');
    const { observed } = record(lab.store);
    setImage(lab, 'localhost/web:nosuch');
    const name = await eventually(
      'a pod backs off',
      () =>
        podNames(observed).find((pod) =>
          podStory(observed, pod).some((line) => line.includes('ImagePullBackOff')),
        ) ?? null,
    );
    const [realName = ''] = podNames(real);
    // The real kubelet was still reporting `ContainerCreating` when the pull had already failed, and left it out.
    const untilDeleted = (story: readonly string[]) =>
      story
        .slice(0, story.findIndex((line) => line.includes('ImagePullBackOff')) + 1)
        .filter((line) => !line.includes('ContainerCreating'));
    expect(untilDeleted(podStory(observed, name))).to.deep.equal(
      untilDeleted(podStory(real, realName)),
    );
    expect(isComplete(deploymentOf(lab.store))).to.equal(false);

    setImage(lab, 'kolla/keystone:2025.1');
    await eventually(
      'the old template is back',
      () => isComplete(deploymentOf(lab.store)) && lab.store.list('pods').length === 3,
    );
    const [first, last] = [replicaSetNames(observed)[0], lab.store.list('replicasets')];
    expect(last, 'undo makes no third ReplicaSet').to.have.length(2);
    expect(first).to.be.a('string');
    // A real kubelet calls a container that never was `ContainerStatusUnknown`, the lab `Error`: both 137 and Failed.
    expect(podStory(observed, name).at(-1)).to.match(/^DELETED Failed .*137/);
  });

  it('a program that crashes is restarted, then backed off, as recorded', async () => {
    const real = recording('crash-and-job');
    const { observed } = record(lab.store);
    const deployment = deploymentOf(lab.store);
    const { template } = deployment.spec;
    const [container] = template.spec.containers;
    // No port that can be listened on: the program ends with exit code 1.
    const broken = {
      ...container,
      name: 'keystone-api',
      image: NEXT_IMAGE,
      ports: [{ containerPort: 99_999, protocol: 'TCP' }],
    };
    const spec = {
      ...deployment.spec,
      template: { ...template, spec: { ...template.spec, containers: [broken] } },
    };
    lab.store.update('deployments', { ...deployment, spec }, 'spec');
    const name = await eventually(
      'a pod backs off',
      () =>
        podNames(observed).find((pod) =>
          podStory(observed, pod).some((line) => line.includes('CrashLoopBackOff')),
        ) ?? null,
    );
    const realName = podNames(real).find((pod) => pod.startsWith('keystone-api')) ?? '';
    const untilBackOff = (story: readonly string[]) =>
      story.slice(0, story.findIndex((line) => line.includes('CrashLoopBackOff')) + 1);
    expect(untilBackOff(podStory(observed, name))).to.deep.equal(
      untilBackOff(podStory(real, realName)),
    );
    expect(
      lab.store
        .list('pods')
        .filter(({ status }) =>
          status.conditions?.some(
            ({ type, status: holds }) => type === 'Ready' && holds === 'True',
          ),
        ),
    ).to.have.length(3);
  });
});

function recording(name: string): readonly Observed[] {
  const text = readFileSync(
    new URL(`../recordings/kubernetes/${name}/watch.ndjson`, import.meta.url),
    'utf8',
  );
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Observed);
}

/** Events of failed readiness probes depend on when a probe happens to look. */
function steady(reasons: readonly string[]): readonly string[] {
  return reasons.filter((reason) => reason !== 'Unhealthy');
}

function fromDeletion(story: readonly string[]): readonly string[] {
  return story.slice(story.findIndex((line) => line.includes('deleting')));
}

/** What was wanted of a ReplicaSet, and each time it had that and all were ready. */
function settled(story: readonly string[]): readonly string[] {
  return story.filter((line) => {
    const [wanted, has, ready] = [...line.matchAll(/=(\d)/g)].map(([, count]) => count);
    return wanted === has && has === ready;
  });
}

/** A Deployment's conditions in order, and its counts whenever every replica there should be is ready. */
function settledDeployment(observed: readonly Observed[]): readonly string[] {
  return deploymentStory(observed).filter(
    (line) => line.startsWith('unobserved') || line.includes('unavailable=0'),
  );
}
