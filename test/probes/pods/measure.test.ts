import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { podsConfig } from '../../../probes/pods/config.ts';
import { pods } from '../../../probes/pods/index.ts';
import { open } from '../../../probes/pods/measure.ts';
import { CodedError } from '../../../src/errors/coded-error.ts';
import type { RunEvent } from '../../../src/model/event.ts';
import { dropAnchor, runClock } from '../../../src/platform/clock.ts';
import { sleep } from '../../../src/platform/timers.ts';
import { podObject, refuse } from './scripted-api.ts';

const DEPLOYMENT = {
  metadata: { name: 'web', uid: 'uid-web', resourceVersion: '3' },
  spec: { replicas: 2, strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } } },
};

describe('pods probe', () => {
  let folder: string;
  let close: () => Promise<void>;
  let env: Record<string, string>;
  let seen: string[];
  let refused: ((path: string, watch: boolean) => [number, string] | null) | null;
  let items: unknown[];

  const serve: RequestListener = (request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const watch = url.searchParams.get('watch') === 'true';
    seen.push(`${url.pathname} ${url.searchParams.get('labelSelector') ?? ''}`);
    const no = refused?.(url.pathname, watch) ?? null;
    if (no !== null) {
      refuse(response, ...no);
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    if (watch) {
      response.flushHeaders();
      return;
    }
    const ofPods = url.pathname.endsWith('/pods');
    const listed = ofPods ? items : [DEPLOYMENT];
    response.end(JSON.stringify({ metadata: { resourceVersion: '9' }, items: listed }));
  };

  beforeEach(async () => {
    seen = [];
    refused = null;
    items = [podObject('a', 5), podObject('b', 6, { ready: false })];
    const server = createServer(serve);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    close = async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    };
    folder = await mkdtemp(join(tmpdir(), 'rollproof-pods-'));
    const { port } = server.address() as AddressInfo;
    const kubeconfig = {
      'current-context': 'c',
      clusters: [{ name: 'k', cluster: { server: `http://127.0.0.1:${String(port)}` } }],
      users: [{ name: 'u', user: {} }],
      contexts: [{ name: 'c', context: { cluster: 'k', user: 'u', namespace: 'openstack' } }],
    };
    await writeFile(join(folder, 'config'), JSON.stringify(kubeconfig));
    env = { KUBECONFIG: join(folder, 'config') };
  });
  afterEach(async () => {
    await close();
    await rm(folder, { recursive: true });
  });

  const problemsOf = async (config: object) => {
    const parsed = podsConfig.parse({ selector: 'app=web', ...config });
    return await pods.preflight(parsed, { env });
  };

  it('emits pods and ready counts from the start, and ends when it is told to', async () => {
    const events: Omit<RunEvent, 'probe'>[] = [];
    const { now } = runClock(dropAnchor());
    const measurer = await open(podsConfig.parse({ selector: 'app=web' }), {
      env,
      probe: 'pods',
      targets: [],
      now,
      emit: (event) => events.push(event),
      stalledSince: () => 0,
    });
    if (measurer.type !== 'watch') throw new Error('not a watch');
    expect(measurer.engine).to.equal('list and watch of pods, deployments in openstack');
    const stop = new AbortController();
    const done = measurer.run(stop.signal);
    for (let turn = 0; turn < 400; turn++) {
      if (events.filter(({ what }) => what === 'connected').length === 2) break;
      await sleep(5);
    }
    stop.abort();
    await done;
    await measurer.close();
    expect(events.filter(({ kind }) => kind === 'watch').map(({ what }) => what)).to.deep.equal([
      'connected',
      'connected',
    ]);
    const counts = events.filter(({ kind }) => kind === 'workload');
    expect(counts.map(({ subject, detail }) => [subject, detail])).to.deep.equal([
      [
        { kind: 'Deployment', name: 'web', uid: 'uid-web' },
        { ready: 1, desired: 2, floor: 2, restarts: 0 },
      ],
    ]);
    expect(events.filter(({ kind }) => kind === 'blind')).to.deep.equal([]);
  });

  it("looks into the context's namespace, and into another one when told", async () => {
    expect(await problemsOf({})).to.deep.equal([]);
    expect(seen[0]).to.equal('/api/v1/namespaces/openstack/pods app=web');
    seen.length = 0;
    await problemsOf({ namespace: 'other' });
    expect(seen[0]).to.equal('/api/v1/namespaces/other/pods app=web');
  });

  it('says which verb on which resource is not allowed', async () => {
    const message = 'deployments.apps is forbidden: User "u" cannot list resource "deployments"';
    refused = (path) => (path.endsWith('/deployments') ? [403, message] : null);
    const [problem] = await problemsOf({});
    expect(problem).to.be.instanceOf(CodedError);
    expect(problem?.code).to.equal('cluster-unreachable');
    expect(problem?.message).to.equal(`cannot list deployments: ${message}`);
    expect(problem?.hint).to.include('list and watch on deployments');
  });

  it('finds out before the run that it may list but not watch', async () => {
    refused = (_path, watch) => (watch ? [403, 'pods is forbidden'] : null);
    const [problem] = await problemsOf({});
    expect(problem?.message).to.equal('cannot watch pods: pods is forbidden');
  });

  it('refuses a selector that matches nothing, and a workload that is not there', async () => {
    const [absent] = await problemsOf({ workloads: ['web', 'glance'] });
    expect(absent?.code).to.equal('probe-config');
    expect(absent?.message).to.equal('no workload glance in namespace openstack');
    expect(absent?.hint).to.equal('there are: web');
    items = [];
    const [nothing] = await problemsOf({});
    expect(nothing?.code).to.equal('probe-config');
    expect(nothing?.message).to.include('app=web');
  });

  it('says when the API cannot be reached at all', async () => {
    await close();
    const [problem] = await problemsOf({});
    expect(problem?.code).to.equal('cluster-unreachable');
    expect(problem?.message).to.match(/ECONNREFUSED/);
  });
});
