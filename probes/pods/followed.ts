import { NS_PER_MS, type RunNs } from '../../src/model/time.ts';
import type { Kubernetes } from '../../src/platform/kubernetes.ts';
import { isRecord } from '../../src/platform/kubernetes-api.ts';
import type { WatchEvent } from '../../src/platform/kubernetes-watch.ts';
import { pollTurn, sleep } from '../../src/platform/timers.ts';
import { createKnowledge } from './knowledge.ts';
import {
  type Change,
  createObjectStore,
  isRestored,
  type Snapshot,
  type Versioned,
} from './object-store.ts';
import { readSnapshot, type WatchedResource } from './snapshot.ts';
import type { WatchTiming } from './watch-timing.ts';

export type Span = { readonly start: RunNs; readonly end: RunNs };

export type WatchNews<T> = {
  /**
   * Changes that came together. `gap`: they happened at some time in it, when no stream told; null when a stream brought them.
   */
  readonly changed: (changes: readonly Change<T>[], gap: Span | null) => void;
  readonly watch: (
    what: 'connected' | 'closed' | 'lost' | 'check-failed' | 'relisted',
    detail: Readonly<Record<string, string | number>>,
  ) => void;
  readonly blind: (span: Span) => void;
};

export type WatchLoopOptions = {
  readonly kubernetes: Kubernetes;
  readonly timing: WatchTiming;
  readonly now: () => RunNs;
  /** In [0, 1). */
  readonly random: () => number;
};

/** A resource as it is known, and how well: what streams and lists do to it. */
export type Followed = {
  readonly version: () => string;
  readonly isLost: () => boolean;
  readonly heard: () => void;
  readonly lose: () => void;
  /** Takes an event of the stream; `expired` when it says that the version is too old, a text when it makes no sense. */
  readonly take: (event: WatchEvent) => 'taken' | 'expired' | { readonly why: string };
  /** Takes a list in place of the stream. True when it could be had. */
  readonly relist: (why: string, signal: AbortSignal) => Promise<boolean>;
  /** Holds a list against what the stream has brought; adopts it when the stream trails behind for too long. */
  readonly crossCheck: (
    limit: { readonly listMs: number; readonly graceMs: number },
    signal: AbortSignal,
  ) => Promise<'agreed' | 'adopted' | 'failed'>;
  /** Ends the blind span, if there is one. */
  readonly regain: () => Span | null;
};

const POLL_MS = 50;

export function followed<T extends Versioned>(
  resource: WatchedResource<T>,
  first: Snapshot<T>,
  news: WatchNews<T>,
  { kubernetes, timing, now }: WatchLoopOptions,
): Followed {
  const store = createObjectStore(first);
  const knowledge = createKnowledge(now());

  const regain = () => {
    const span = knowledge.regain(now());
    if (span !== null) news.blind(span);
    return span;
  };
  const adopt = (snapshot: Snapshot<T> & { readonly restored: boolean }, why: string) => {
    const changes = store.adopt(snapshot, snapshot.restored);
    const gap = regain();
    news.watch('relisted', { why, changes: changes.length, version: snapshot.version });
    if (changes.length > 0) news.changed(changes, gap);
  };
  const read = async (listMs: number, signal: AbortSignal) => {
    const seen = store.version();
    const snapshot = await readSnapshot(kubernetes, resource, listMs, signal);
    if (signal.aborted) return null;
    if (snapshot.ok) return { ...snapshot, restored: isRestored(snapshot, seen) };
    news.watch('check-failed', { why: snapshot.message });
    return null;
  };
  return {
    version: store.version,
    isLost: knowledge.isLost,
    heard: () => {
      knowledge.heard(now());
    },
    lose: knowledge.lose,
    take: (event) => {
      if (event.type === 'ERROR') return errorOf(event.object);
      knowledge.heard(now());
      if (event.type === 'BOOKMARK') {
        const version = versionOf(event.object);
        if (version !== null) store.bookmark(version);
        return 'taken';
      }
      const object = resource.read(event.object);
      if (object === null)
        return { why: `a ${event.type} event of ${resource.name} has no object` };
      const change = event.type === 'DELETED' ? store.remove(object) : store.put(object);
      if (change !== null) news.changed([change], null);
      return 'taken';
    },
    relist: async (why, signal) => {
      const snapshot = await read(timing.listMs, signal);
      if (snapshot !== null) adopt(snapshot, why);
      return snapshot !== null;
    },
    crossCheck: async ({ listMs, graceMs }, signal) => {
      const asked = now();
      const snapshot = await read(listMs, signal);
      if (snapshot === null) return 'failed';
      const patientUntil = now() + graceMs * NS_PER_MS;
      while (snapshot.restored || store.lags(snapshot)) {
        const overdue = now() >= patientUntil;
        // Had this process stood still, the stream's bytes would be waiting in the socket: read before judging.
        if (overdue) await pollTurn();
        if (snapshot.restored || (overdue && store.lags(snapshot))) {
          knowledge.disprove();
          news.watch('lost', { why: 'a list shows changes that the stream did not bring' });
          adopt(snapshot, 'stale stream');
          return 'adopted';
        }
        await sleep(POLL_MS, signal);
        if (signal.aborted) return 'failed';
      }
      knowledge.confirmed(asked);
      if (knowledge.isLost()) regain();
      return 'agreed';
    },
    regain,
  };
}

function versionOf(object: unknown): string | null {
  const metadata = isRecord(object) ? object['metadata'] : null;
  const version = isRecord(metadata) ? metadata['resourceVersion'] : null;
  return typeof version === 'string' ? version : null;
}

function errorOf(status: unknown): 'expired' | { readonly why: string } {
  if (!isRecord(status)) return { why: 'an ERROR event without a status' };
  if (status['code'] === 410) return 'expired';
  const { message } = status;
  return { why: typeof message === 'string' ? message : `error ${String(status['code'])}` };
}
