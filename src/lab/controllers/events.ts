import { randomBytes } from 'node:crypto';
import { wallMs } from '../../platform/clock.ts';
import type { Store } from '../api/store.ts';
import { timestamp } from '../api/timestamp.ts';
import type { Event, KubeObject } from '../objects.ts';

export type Occurrence = {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  /** `spec.containers{keystone-api}` when it is about a container. */
  readonly fieldPath?: string;
};

export type Source = { readonly component: string; readonly host?: string };

/** Records that something happened to an object; what happened before with the same words is counted up. */
export function recordEvent(
  store: Store,
  object: KubeObject,
  source: Source,
  occurrence: Occurrence,
): void {
  const { namespace = 'default', name, uid, resourceVersion } = object.metadata;
  const now = timestamp(wallMs());
  const known = store
    .list('events')
    .find(
      (event) =>
        event.involvedObject.uid === uid &&
        event.reason === occurrence.reason &&
        event.message === occurrence.message,
    );
  if (known !== undefined) {
    store.update('events', { ...known, count: (known.count ?? 1) + 1, lastTimestamp: now }, 'spec');
    return;
  }
  const { fieldPath, ...said } = occurrence;
  store.create('events', {
    metadata: { name: eventName(name), namespace },
    involvedObject: {
      kind: object.kind,
      namespace,
      name,
      uid,
      apiVersion: object.apiVersion,
      resourceVersion,
      ...(fieldPath === undefined ? {} : { fieldPath }),
    },
    ...said,
    source,
    firstTimestamp: now,
    lastTimestamp: now,
    count: 1,
    eventTime: null,
    reportingComponent: source.component,
    reportingInstance: source.host ?? '',
  });
}

/** The scheduler speaks the newer events API, and its events look different in the core one. */
export function recordBinding(store: Store, pod: KubeObject, message: string): void {
  const { namespace = 'default', name, uid, resourceVersion } = pod.metadata;
  const { kind, apiVersion } = pod;
  store.create('events', {
    metadata: { name: eventName(name), namespace },
    involvedObject: { kind, namespace, name, uid, apiVersion, resourceVersion },
    reason: 'Scheduled',
    message,
    source: {},
    firstTimestamp: null,
    lastTimestamp: null,
    type: 'Normal',
    eventTime: `${new Date(wallMs()).toISOString().slice(0, -1)}000Z`,
    action: 'Binding',
    reportingComponent: 'default-scheduler',
    reportingInstance: 'default-scheduler-lab',
  });
}

/** Events are kept for an hour by a real cluster; the lab keeps the newest few hundred. */
export function trimEvents(store: Store, keep = 400): void {
  const events: readonly Event[] = store.list('events');
  const surplus = events.length - keep;
  if (surplus <= 0) return;
  const oldestFirst = [...events].sort(
    (a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion),
  );
  for (const event of oldestFirst.slice(0, surplus)) store.remove('events', event);
}

function eventName(object: string): string {
  return `${object}.${randomBytes(8).toString('hex')}`;
}
