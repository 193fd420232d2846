import { once } from 'node:events';
import { connect } from 'node:net';
import { expect } from 'chai';
import { deleteObject } from '../../src/lab/api/deletion.ts';
import type { Cluster } from '../../src/lab/cluster.ts';
import { probeOnce } from '../../src/lab/kubelet/readiness.ts';
import type { Container, Pod } from '../../src/lab/objects.ts';
import { eventually } from './eventually.ts';
import {
  deployKeystone,
  deploymentOf,
  IMAGE,
  isComplete,
  NEXT_IMAGE,
  quickCluster,
  setImage,
} from './small-cluster.ts';
import { deploymentStory, eventReasons, podStory, record } from './transitions.ts';

/** What a rollout owes to the pods' own settings. Told by order and by answers, never by how long it took. */
describe('a pod of the lab', function () {
  this.timeout(40_000);
  let lab: Cluster;

  beforeEach(async () => {
    lab = await quickCluster();
  });
  afterEach(() => lab.close());

  const firstPod = (): Pod => {
    const [pod] = lab.store.list('pods');
    if (pod === undefined) throw new Error('no pod');
    return pod;
  };
  const gone = ({ metadata }: Pod) =>
    lab.store.list('pods').every((other) => other.metadata.uid !== metadata.uid);
  const answer = ({ status }: Pod) =>
    probeOnce(status.podIP ?? '', { httpGet: { path: '/ready', port: 5000 } });
  const single = (container: Partial<Container>, graceSeconds: number) => {
    const labels = { app: 'keystone' };
    const ports = [{ containerPort: 5000 }];
    const spec = {
      containers: [{ name: 'keystone-api', image: IMAGE, ports, ...container }],
      terminationGracePeriodSeconds: graceSeconds,
    };
    const template = { metadata: { labels }, spec };
    return deployKeystone(lab, { spec: { replicas: 1, template } });
  };

  it('serves on through its preStop hook, and gets its signal only then', async () => {
    await single({ lifecycle: { preStop: { sleep: { seconds: 3 } } } }, 30);
    const pod = firstPod();
    const { observed } = record(lab.store);
    await eventually('it serves', async () => (await answer(pod)).ok);
    deleteObject(lab.store, 'pods', pod, null);
    const { name } = pod.metadata;
    await eventually('it is being stopped', () =>
      eventReasons(observed, 'Pod', name).includes('Killing'),
    );
    for (let request = 0; request < 20; request++)
      expect(await answer(pod)).to.deep.equal({ ok: true });
    await eventually('it is gone', () => gone(pod));
    expect(podStory(observed, name).at(-1)).to.match(/^DELETED Succeeded /);
  });

  it('is killed when its grace period is over', async () => {
    await single({ env: [{ name: 'DRAIN_SECONDS', value: '600' }] }, 1);
    const pod = firstPod();
    await eventually('it serves', async () => (await answer(pod)).ok);
    // A client that stays: the program waits for it when it is asked to end.
    const client = connect({ host: pod.status.podIP ?? '', port: 5000 }).on(
      'error',
      () => undefined,
    );
    await once(client, 'connect');
    const { observed } = record(lab.store);
    deleteObject(lab.store, 'pods', pod, null);
    await eventually('it is gone', () => gone(pod));
    client.destroy();
    expect(podStory(observed, pod.metadata.name).at(-1)).to.match(/^DELETED Failed .*137/);
  });

  it('counts as available only when it has been ready for minReadySeconds', async () => {
    await deployKeystone(lab, { spec: { minReadySeconds: 2 } });
    const { observed } = record(lab.store);
    setImage(lab, NEXT_IMAGE);
    await eventually('the first old pod may go', () =>
      lab.store.list('pods').some(({ metadata }) => metadata.deletionTimestamp !== undefined),
    );
    const story = deploymentStory(observed);
    expect(story.some((line) => line.includes('ready=4 available=3'))).to.equal(true);
  });

  it('goes before its successor comes where the strategy says so', async () => {
    const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } };
    await deployKeystone(lab, { spec: { strategy } });
    const { observed } = record(lab.store);
    setImage(lab, NEXT_IMAGE);
    await eventually('the rollout is complete', () => isComplete(deploymentOf(lab.store)), 30_000);
    const counted = (what: string) =>
      deploymentStory(observed).map((line) =>
        Number(new RegExp(`\\b${what}=(\\d)`).exec(line)?.[1]),
      );
    expect(Math.max(...counted('replicas'))).to.equal(3);
    expect(Math.min(...counted('available'))).to.equal(2);
  });
});
