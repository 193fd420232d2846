import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { stuckPods } from '../../src/upgrade/stuck-pods.ts';

describe('stuck pods', () => {
  it('names the pod of a recorded bad image and why it waits', async () => {
    const { pods, events } = await clusterAt('bad-image-undo', 15_400);
    const [reason, ...more] = stuckPods(pods, events);
    expect(reason).to.match(
      /^keystone-api-fddc7969b-2n9gw: container keystone-api ImagePullBackOff: Back-off pulling image "localhost\/web:nosuch"/,
    );
    expect(more).to.deep.equal([]);
  });

  it('names the pod of a recorded crash loop with its exit code', async () => {
    const { pods, events } = await clusterAt('crash-and-job', 7_000);
    const [reason] = stuckPods(
      pods.filter((pod) => nameOf(pod).startsWith('keystone-api')),
      events,
    );
    expect(reason).to.equal(
      'keystone-api-7bdc4b879f-pwg5g: container keystone-api CrashLoopBackOff, exit code 1',
    );
  });

  it('finds nothing stuck when the recorded update is done', async () => {
    const { pods, events } = await clusterAt('rolling-update', 60_000);
    expect(stuckPods(pods, events)).to.deep.equal([]);
  });

  const pod = (status: object) => ({
    metadata: { name: 'web-1', creationTimestamp: '2026-11-23T03:00:00Z' },
    status,
  });

  it('says why a pod cannot be scheduled', () => {
    const message = '0/2 nodes are available: 2 Insufficient memory.';
    const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message };
    expect(stuckPods([pod({ phase: 'Pending', conditions: [condition] })], [])).to.deep.equal([
      `web-1: pending, Unschedulable: ${message}`,
    ]);
  });

  it('gives the newest message of a readiness probe that fails', () => {
    const unhealthy = (message: string, lastTimestamp: string) => ({
      reason: 'Unhealthy',
      message,
      lastTimestamp,
      involvedObject: { kind: 'Pod', name: 'web-1' },
    });
    const events = [
      unhealthy(
        'Readiness probe failed: HTTP probe failed with statuscode: 503',
        '2026-11-23T03:00:09Z',
      ),
      unhealthy('Readiness probe failed: connection refused', '2026-11-23T03:00:01Z'),
      {
        reason: 'Pulled',
        message: 'pulled',
        lastTimestamp: '2026-11-23T03:01:00Z',
        involvedObject: { kind: 'Pod', name: 'web-1' },
      },
    ];
    const running = {
      phase: 'Running',
      containerStatuses: [{ name: 'web', ready: false, state: { running: {} } }],
    };
    expect(stuckPods([pod(running)], events)).to.deep.equal([
      'web-1: not ready, Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 503',
    ]);
    expect(stuckPods([pod(running)], [])).to.deep.equal(['web-1: running, not ready']);
  });
});

/** Pods and events of a recording as they stood at that time (ms). */
async function clusterAt(name: string, untilMs: number) {
  const pods = await listed(name, 'pods');
  const events = await listed(name, 'events');
  const lines = (await recorded(`${name}/watch.ndjson`)).trim().split('\n');
  for (const line of lines) {
    const { atMs, resource, type, object } = JSON.parse(line) as Record<string, unknown>;
    if (typeof atMs !== 'number' || atMs > untilMs || type === 'BOOKMARK') continue;
    const store = resource === 'pods' ? pods : resource === 'events' ? events : null;
    if (type === 'DELETED') store?.delete(nameOf(object));
    else store?.set(nameOf(object), object);
  }
  return { pods: [...pods.values()], events: [...events.values()] };
}

async function listed(name: string, resource: string): Promise<Map<string, unknown>> {
  const list = JSON.parse(await recorded(`${name}/list-${resource}.json`)) as { items: unknown[] };
  return new Map(list.items.map((item) => [nameOf(item), item]));
}

async function recorded(path: string): Promise<string> {
  return await readFile(new URL(`../recordings/kubernetes/${path}`, import.meta.url), 'utf8');
}

function nameOf(object: unknown): string {
  return (object as { metadata: { name: string } }).metadata.name;
}
