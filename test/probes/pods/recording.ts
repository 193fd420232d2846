import { readFile } from 'node:fs/promises';
import { createBoard, type ProbeEvent } from '../../../probes/pods/board.ts';
import { createObjectStore, type Snapshot } from '../../../probes/pods/object-store.ts';
import { podFacts } from '../../../probes/pods/pod-facts.ts';
import { workloadSpec } from '../../../probes/pods/workload-spec.ts';

const FOLDER = new URL('../../recordings/kubernetes/', import.meta.url);

type Line = {
  readonly atMs: number;
  readonly resource: string;
  readonly type: string;
  readonly object: unknown;
};

/** A recording of a real cluster through the probe's own store and board → what it would have emitted, `at` in ms. */
export async function replay(name: string): Promise<readonly ProbeEvent[]> {
  const pods = await list(name, 'pods', podFacts);
  const deployments = await list(name, 'deployments', workloadSpec('Deployment'));
  const lines = (await readFile(new URL(`${name}/watch.ndjson`, FOLDER), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
  const board = createBoard(null);
  const podStore = createObjectStore(pods);
  const deploymentStore = createObjectStore(deployments);
  const events = [...board.start(pods.items, deployments.items, 0)];
  for (const { atMs, resource, type, object } of lines) {
    if (type === 'BOOKMARK') continue;
    if (resource === 'pods') {
      const facts = sure(podFacts(object));
      const change = type === 'DELETED' ? podStore.remove(facts) : podStore.put(facts);
      if (change !== null) events.push(...board.pods([change], null, atMs));
    } else if (resource === 'deployments') {
      const change = deploymentStore.put(sure(workloadSpec('Deployment')(object)));
      if (change !== null) events.push(...board.specs([change], atMs));
    }
  }
  return events;
}

/** `cwvg2 ready 06:30`: the pod's suffix, what, and minute and second of the server's clock. */
export function podLines(events: readonly ProbeEvent[]): readonly string[] {
  return events
    .filter(({ kind }) => kind === 'pod')
    .map(({ subject, what, serverTime }) => {
      const suffix = subject?.name.split('-').at(-1) ?? '';
      return `${suffix} ${what} ${serverTime?.slice(14, 19) ?? '-'}`;
    });
}

/** `3/3 floor 3 restarts 0` */
export function readyLines(events: readonly ProbeEvent[]): readonly string[] {
  return events
    .filter(({ kind }) => kind === 'workload')
    .map(({ detail }) => {
      const [ready, desired, floor, restarts] = ['ready', 'desired', 'floor', 'restarts'].map(
        (key) => JSON.stringify(detail[key]),
      );
      return `${ready ?? ''}/${desired ?? ''} floor ${floor ?? ''} restarts ${restarts ?? ''}`;
    });
}

async function list<T>(
  name: string,
  resource: string,
  read: (object: unknown) => T | null,
): Promise<Snapshot<T>> {
  const text = await readFile(new URL(`${name}/list-${resource}.json`, FOLDER), 'utf8');
  const { metadata, items } = JSON.parse(text) as {
    metadata: { resourceVersion: string };
    items: unknown[];
  };
  return { version: metadata.resourceVersion, items: items.map((item) => sure(read(item))) };
}

function sure<T>(value: T | null): T {
  if (value === null) throw new Error('the recording holds an object that cannot be read');
  return value;
}
