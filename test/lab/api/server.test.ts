import {
  AppsV1Api,
  CoreV1Api,
  KubeConfig,
  PatchStrategy,
  setHeaderOptions,
  type V1Deployment,
  type V1Pod,
  Watch,
} from '@kubernetes/client-node';
import { expect } from 'chai';
import { type ApiServer, serveApi } from '../../../src/lab/api/server.ts';
import { Store } from '../../../src/lab/api/store.ts';
import { kubeconfig } from '../../../src/lab/credentials.ts';
import { eventually } from '../eventually.ts';

type Seen = {
  readonly type: string;
  readonly name: string | null;
  readonly object: Record<string, unknown>;
};

describe('the API server, through @kubernetes/client-node', () => {
  let store: Store;
  let server: ApiServer;
  let config: KubeConfig;
  let core: CoreV1Api;
  let apps: AppsV1Api;

  beforeEach(async () => {
    store = new Store(20);
    server = await serveApi(store, { bookmarkMs: 30 });
    config = new KubeConfig();
    config.loadFromString(kubeconfig(server.url, 'openstack'));
    core = config.makeApiClient(CoreV1Api);
    apps = config.makeApiClient(AppsV1Api);
  });
  afterEach(() => server.close());

  const namespace = 'openstack';
  const addPod = (name: string, labels: Record<string, string> = { app: 'keystone' }) =>
    core.createNamespacedPod({
      namespace,
      body: pod({
        metadata: { name, labels },
        spec: { containers: [{ name: 'c', image: 'i:1' }] },
      }),
    });

  const someDeployment = deployment({
    metadata: { name: 'd' },
    spec: {
      selector: { matchLabels: { app: 'd' } },
      template: {
        metadata: { labels: { app: 'd' } },
        spec: { containers: [{ name: 'c', image: 'i:1' }] },
      },
    },
  });

  /** Watches pods until the returned function is called; `ended` is set when the server ends it. */
  async function watchPods(query: Record<string, string | number | boolean>) {
    const seen: Seen[] = [];
    const state = { ended: false };
    const request = await new Watch(config).watch(
      `/api/v1/namespaces/${namespace}/pods`,
      query,
      (type: string, object: Record<string, unknown>) => {
        const metadata = object['metadata'] as { name?: string } | undefined;
        seen.push({ type, name: metadata?.name ?? null, object });
      },
      () => {
        state.ended = true;
      },
    );
    return {
      seen,
      state,
      stop: () => {
        request.abort();
      },
    };
  }

  it('creates with identity, version and time, and reads back the same', async () => {
    const created = await addPod('a');
    expect(created.metadata?.uid).to.match(/^[0-9a-f-]{36}$/);
    expect(created.metadata?.generation).to.equal(1);
    expect(created.status?.phase).to.equal('Pending');
    const read = await core.readNamespacedPod({ namespace, name: 'a' });
    expect(read).to.deep.equal(created);
  });

  it('makes a name from generateName', async () => {
    const body = pod({
      metadata: { generateName: 'web-' },
      spec: { containers: [{ name: 'c', image: 'i' }] },
    });
    const created = await core.createNamespacedPod({ namespace, body });
    expect(created.metadata?.name).to.match(/^web-[a-z0-9]{5}$/);
  });

  it('refuses with a Status: 404, 409 exists, 409 conflict, 422 with the fields', async () => {
    await addPod('a');
    await apps.createNamespacedDeployment({ namespace, body: someDeployment });
    const read = await apps.readNamespacedDeployment({ namespace, name: 'd' });
    if (read.metadata !== undefined) read.metadata.resourceVersion = '1';
    const wrong = deployment({
      metadata: { name: 'w' },
      spec: { selector: { matchLabels: {} }, template: { spec: { containers: [] } } },
    });
    const refusals = await Promise.all([
      statusOf(core.readNamespacedPod({ namespace, name: 'none' })),
      statusOf(addPod('a')),
      statusOf(apps.replaceNamespacedDeployment({ namespace, name: 'd', body: read })),
      statusOf(apps.createNamespacedDeployment({ namespace, body: wrong })),
    ]);
    expect(refusals.map(({ code, reason }) => [code, reason])).to.deep.equal([
      [404, 'NotFound'],
      [409, 'AlreadyExists'],
      [409, 'Conflict'],
      [422, 'Invalid'],
    ]);
    expect(refusals[0].message).to.equal('pods "none" not found');
    expect(refusals[3].message).to.contain('spec.template.spec.containers');
  });

  it('lists by label, by field and in pages of one version', async () => {
    for (const name of ['a', 'b', 'c']) await addPod(name);
    await addPod('other', { app: 'nova' });
    const byLabel = await core.listNamespacedPod({ namespace, labelSelector: 'app=keystone' });
    expect(byLabel.items.map(({ metadata }) => metadata?.name)).to.deep.equal(['a', 'b', 'c']);
    const byName = await core.listNamespacedPod({ namespace, fieldSelector: 'metadata.name=b' });
    expect(byName.items).to.have.length(1);

    const first = await core.listNamespacedPod({ namespace, limit: 3 });
    expect(first.metadata?.remainingItemCount).to.equal(1);
    await addPod('aa');
    const token = first.metadata?._continue ?? '';
    const second = await core.listNamespacedPod({ namespace, limit: 3, _continue: token });
    expect(second.items.map(({ metadata }) => metadata?.name)).to.deep.equal(['other']);
    expect(second.metadata?.resourceVersion).to.equal(first.metadata?.resourceVersion);
    const again = await statusOf(core.listNamespacedPod({ namespace, limit: 3, _continue: token }));
    expect(again.code).to.equal(410);
  });

  it('patches a container by name; the generation counts changes of the spec only', async () => {
    await apps.createNamespacedDeployment({ namespace, body: someDeployment });
    const image = { spec: { template: { spec: { containers: [{ name: 'c', image: 'i:2' }] } } } };
    const options = setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch);
    const request = { namespace, name: 'd' };
    const patched = await apps.patchNamespacedDeployment({ ...request, body: image }, options);
    expect(patched.spec?.template.spec?.containers[0]?.image).to.equal('i:2');
    expect(patched.metadata?.generation).to.equal(2);
    const same = await apps.patchNamespacedDeployment({ ...request, body: image }, options);
    expect(same.metadata?.resourceVersion).to.equal(patched.metadata?.resourceVersion);
    const labelled = await apps.patchNamespacedDeployment(
      { ...request, body: [{ op: 'add', path: '/metadata/labels', value: { a: 'b' } }] },
      setHeaderOptions('Content-Type', PatchStrategy.JsonPatch),
    );
    expect(labelled.metadata?.generation).to.equal(2);
    const status = await apps.patchNamespacedDeploymentStatus(
      { ...request, body: { status: { replicas: 7 }, spec: { replicas: 9 } } },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    );
    expect([
      status.status?.replicas,
      status.spec?.replicas,
      status.metadata?.generation,
    ]).to.deep.equal([7, 1, 2]);
  });

  it('deletes a bound pod in two steps: marked with the end of its grace, gone with grace 0', async () => {
    await addPod('a');
    const pod = store.get('pods', namespace, 'a');
    store.overwrite('pods', { ...pod, spec: { ...pod.spec, nodeName: 'node-1' } });
    await core.deleteNamespacedPod({ namespace, name: 'a', gracePeriodSeconds: 100 });
    const marked = await core.readNamespacedPod({ namespace, name: 'a' });
    expect(marked.metadata?.deletionGracePeriodSeconds).to.equal(100);
    expect(marked.metadata?.generation).to.equal(2);
    const inFuture =
      (marked.metadata?.deletionTimestamp?.getTime() ?? 0) -
      (marked.metadata?.creationTimestamp?.getTime() ?? 0);
    expect(inFuture).to.be.at.least(99_000);
    await core.deleteNamespacedPod({ namespace, name: 'a', gracePeriodSeconds: 0 });
    expect((await statusOf(core.readNamespacedPod({ namespace, name: 'a' }))).code).to.equal(404);
  });

  it('watches from a version: what came after it, in order, each once', async () => {
    await addPod('a');
    const { metadata } = await core.listNamespacedPod({ namespace });
    await addPod('b');
    const { seen, stop } = await watchPods({ resourceVersion: metadata?.resourceVersion ?? '' });
    await addPod('c');
    await core.deleteNamespacedPod({ namespace, name: 'b' });
    await eventually('the deletion arrives', () => seen.some(({ type }) => type === 'DELETED'));
    stop();
    expect(seen.map(({ type, name }) => `${type} ${String(name)}`)).to.deep.equal([
      'ADDED b',
      'ADDED c',
      'MODIFIED b',
      'DELETED b',
    ]);
    const versions = seen.map(({ object }) =>
      Number((object['metadata'] as { resourceVersion: string }).resourceVersion),
    );
    expect(versions).to.deep.equal([...versions].sort((a, b) => a - b));
  });

  it('watches from no version: the state first', async () => {
    await addPod('a');
    const { seen, stop } = await watchPods({});
    await eventually('the state arrives', () => seen.length > 0);
    stop();
    expect(seen.map(({ type, name }) => [type, name])).to.deep.equal([['ADDED', 'a']]);
  });

  it('tells a watch with a selector that an object came into it and left it', async () => {
    await addPod('a', { app: 'nova' });
    const { seen, stop } = await watchPods({ labelSelector: 'app=keystone' });
    const relabel = (app: string) =>
      core.patchNamespacedPod(
        { namespace, name: 'a', body: { metadata: { labels: { app } } } },
        setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
      );
    await relabel('keystone');
    await relabel('nova');
    await eventually('it has left', () => seen.some(({ type }) => type === 'DELETED'));
    stop();
    expect(seen.map(({ type }) => type)).to.deep.equal(['ADDED', 'DELETED']);
  });

  it('sends bookmarks when asked, which carry only kind and version, and ends at the timeout', async () => {
    const { seen, state } = await watchPods({ allowWatchBookmarks: true, timeoutSeconds: 1 });
    await addPod('a');
    await eventually('the watch ends', () => state.ended);
    const bookmarks = seen.filter(({ type }) => type === 'BOOKMARK');
    expect(bookmarks.at(-1)?.object).to.deep.include({
      kind: 'Pod',
      apiVersion: 'v1',
      metadata: { resourceVersion: String(store.version) },
    });
  });

  it('answers a version that is too old with 200 and the recorded ERROR line', async () => {
    await addPod('a');
    store.compact();
    const url = `${server.url}/api/v1/namespaces/${namespace}/pods?watch=1&resourceVersion=1`;
    await addPod('b');
    store.compact();
    const response = await fetch(url);
    expect(response.status).to.equal(200);
    expect(await response.json()).to.deep.equal({
      type: 'ERROR',
      object: {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: `too old resource version: 1 (${String(store.version)})`,
        reason: 'Expired',
        code: 410,
      },
    });
  });

  it('forgets the oldest changes by itself once the history is full', async () => {
    await addPod('first');
    const { metadata } = await core.listNamespacedPod({ namespace });
    for (let index = 0; index < 21; index++) await addPod(`p${String(index)}`);
    const { seen, state } = await watchPods({ resourceVersion: metadata?.resourceVersion ?? '' });
    await eventually('the watch ends', () => state.ended);
    expect(seen.map(({ type, object }) => [type, object['code']])).to.deep.equal([['ERROR', 410]]);
  });

  it('tells clients what there is: version, groups, resources', async () => {
    const paths = ['/version', '/api', '/apis', '/api/v1', '/apis/apps/v1', '/readyz'];
    const codes = await Promise.all(
      paths.map(async (path) => (await fetch(server.url + path)).status),
    );
    expect(codes).to.deep.equal(paths.map(() => 200));
    const nothing = await fetch(`${server.url}/apis/batch/v1/jobs`);
    expect(nothing.status).to.equal(404);
    expect(((await nothing.json()) as { kind: string }).kind).to.equal('Status');
  });
});

async function statusOf(request: Promise<unknown>) {
  try {
    await request;
  } catch (error) {
    const { body } = error as { body: string };
    return JSON.parse(body) as { code: number; reason: string; message: string };
  }
  throw new Error('the request was not refused');
}

/** The client types its objects as classes and sends plain ones. */
function pod(object: object): V1Pod {
  return object;
}

function deployment(object: object): V1Deployment {
  return object;
}
