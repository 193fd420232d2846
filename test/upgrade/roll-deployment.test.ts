import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { restart } from '../../src/upgrade/restart.ts';
import { setImage } from '../../src/upgrade/set-image.ts';
import { type TestContext, testContext } from './step-context.ts';

const ROOT = '/apis/apps/v1/namespaces/openstack/deployments';

type Status = Record<string, unknown>;

/** Versions of the Deployment's status, one for each read after the change; the last one stays. */
const DONE: Status = { replicas: 2, updatedReplicas: 2, availableReplicas: 2 };

describe('steps that roll a Deployment', () => {
  let context: TestContext;
  let close: () => Promise<void>;
  let patches: { type: string | undefined; body: unknown }[];
  let statuses: Status[];
  let blips: ((method: string, response: ServerResponse) => boolean)[];
  let pods: unknown[];
  let paused: boolean;

  const deployment = (status: Status = DONE) => ({
    metadata: { name: 'web', uid: 'u', generation: 1 + patches.length },
    spec: {
      replicas: 2,
      paused,
      selector: { matchLabels: { app: 'web' } },
      template: {
        spec: {
          containers: [{ name: 'web', image: 'web:v1' }],
          initContainers: [{ name: 'init', image: 'init:v1' }],
        },
      },
    },
    status: { observedGeneration: 1 + patches.length, ...status },
  });

  beforeEach(async () => {
    patches = [];
    statuses = [];
    blips = [];
    pods = [];
    paused = false;
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { pathname } = new URL(request.url ?? '/', 'http://localhost');
        const send = (body: unknown, status = 200) => {
          response.writeHead(status, { 'content-type': 'application/json' });
          response.end(JSON.stringify(body));
        };
        if (blips.shift()?.(request.method ?? '', response) === true) return;
        if (pathname.endsWith('/pods')) send({ metadata: { resourceVersion: '1' }, items: pods });
        else if (pathname.endsWith('/events'))
          send({ metadata: { resourceVersion: '1' }, items: [] });
        else if (pathname === ROOT)
          send({ metadata: { resourceVersion: '1' }, items: [deployment()] });
        else if (pathname !== `${ROOT}/web`) send({ message: 'not found' }, 404);
        else if (request.method === 'PATCH') {
          const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
          patches.push({ type: request.headers['content-type'], body });
          send(deployment());
        } else if (patches.length === 0) send(deployment());
        else send(deployment(statuses.length > 1 ? statuses.shift() : statuses[0]));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    context = testContext((server.address() as AddressInfo).port);
    close = async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    };
  });
  afterEach(() => close());

  const set = (more: object = {}) =>
    setImage.run(
      setImage.config.parse({ deployment: 'web', container: 'web', image: 'web:v2', ...more }),
      context,
    );
  const answer = (status: number) => (_method: string, response: ServerResponse) => {
    response.writeHead(status).end('{}');
    return true;
  };
  const reset = (_method: string, response: ServerResponse) => {
    response.destroy();
    return true;
  };

  it('set the image by a strategic merge patch and wait until the rollout is done', async () => {
    statuses = [
      { replicas: 3, updatedReplicas: 1, availableReplicas: 2 },
      { replicas: 3, updatedReplicas: 2, availableReplicas: 3 },
      DONE,
    ];
    expect(await set()).to.deep.equal({ result: 'ok' });
    expect(patches).to.deep.equal([
      {
        type: 'application/strategic-merge-patch+json',
        body: { spec: { template: { spec: { containers: [{ name: 'web', image: 'web:v2' }] } } } },
      },
    ]);
    expect(context.lines).to.deep.equal([
      'deployment web',
      '1 of 2 new replicas updated',
      '1 old replica left',
      '2 replicas updated and available',
    ]);
  });

  it('do not take the state before the change for its end', async () => {
    statuses = [{ observedGeneration: 1, ...DONE }, DONE];
    expect(await set()).to.deep.equal({ result: 'ok' });
    expect(context.lines).to.include('the Deployment controller has not seen the change yet');
  });

  it('restart as kubectl does, by an annotation on the template', async () => {
    const config = restart.config.parse({ deployment: 'web' });
    expect(await restart.run(config, context)).to.deep.equal({ result: 'ok' });
    expect(JSON.stringify(patches[0]?.body)).to.match(
      /^\{"spec":\{"template":\{"metadata":\{"annotations":\{"kubectl.kubernetes.io\/restartedAt":"20[^"]+Z"\}\}\}\}\}$/,
    );
  });

  it('set the image of an init container in its own list', async () => {
    await set({ container: 'init', image: 'init:v2' });
    expect(JSON.stringify(patches[0]?.body)).to.include(
      '"initContainers":[{"name":"init","image":"init:v2"}]',
    );
  });

  it('outlive an API server that is itself being upgraded', async () => {
    statuses = [DONE];
    blips = [
      reset,
      answer(503),
      () => false,
      answer(500),
      reset,
      () => false,
      answer(429),
      answer(409),
    ];
    expect(await set()).to.deep.equal({ result: 'ok' });
    expect(patches).to.have.length(1);
  });

  it('fail with the pod and its reason when the progress deadline is exceeded', async () => {
    const condition = { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' };
    statuses = [{ replicas: 3, updatedReplicas: 1, availableReplicas: 2, conditions: [condition] }];
    const waiting = { reason: 'ImagePullBackOff', message: 'Back-off pulling image "web:v2"' };
    pods = [
      {
        metadata: { name: 'web-abc-1', creationTimestamp: '2026-11-23T03:00:00Z' },
        status: { phase: 'Pending', containerStatuses: [{ name: 'web', state: { waiting } }] },
      },
    ];
    expect(await set()).to.deep.equal({
      result: 'failed',
      why: 'the rollout exceeded its progress deadline; web-abc-1: container web ImagePullBackOff: Back-off pulling image "web:v2"',
    });
  });

  it('fail after their timeout with where the rollout stands', async () => {
    statuses = [{ replicas: 3, updatedReplicas: 1, availableReplicas: 2 }];
    expect(await set({ timeout: '300ms' })).to.deep.equal({
      result: 'failed',
      why: 'not done within 300ms: 1 of 2 new replicas updated',
    });
  });

  it('end soon when the run is interrupted', async () => {
    statuses = [{ replicas: 3, updatedReplicas: 1, availableReplicas: 2 }];
    const running = set();
    context.abort();
    const result = await running;
    expect('why' in result && result.why).to.match(/^the run was interrupted while/);
  });

  it('fail when the image is there already, because an upgrade that does not happen proves nothing', async () => {
    const result = await set({ image: 'web:v1' });
    expect('why' in result && result.why).to.include('has the image web:v1 already');
    expect(patches).to.deep.equal([]);
  });

  it('name what is there when the container or the Deployment is not', async () => {
    expect(await set({ container: 'wbe' })).to.include({
      why: 'deployment web has no container wbe; there are: web, init',
    });
    expect(await set({ deployment: 'wbe' })).to.include({
      why: 'no deployment wbe in namespace openstack; there are: web',
    });
  });

  it('do not wait for a Deployment that is paused, nor retry what is forbidden', async () => {
    paused = true;
    const result = await set();
    expect('why' in result && result.why).to.include('is paused');
    paused = false;
    blips = [answer(403)];
    expect((await set()).result).to.equal('failed');
    expect(patches).to.deep.equal([]);
  });
});
