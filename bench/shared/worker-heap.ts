/** Imported into every thread of a process (`--import`): each worker says, when asked, how much heap it uses after a collection. */

import { getHeapStatistics } from 'node:v8';
import { BroadcastChannel, isMainThread, threadId } from 'node:worker_threads';

/** What is posted to it asks for reports, which come back on it. */
export const WORKER_HEAP = 'bench worker heap';

export type HeapReport = { readonly thread: number; readonly used: number };

/** Without a collection the figure is of garbage: the collector comes once in five minutes. */
export function usedHeap(): number {
  if (globalThis.gc === undefined) throw new Error('run with --expose-gc');
  globalThis.gc();
  return getHeapStatistics().used_heap_size;
}

if (!isMainThread) {
  const channel = new BroadcastChannel(WORKER_HEAP);
  channel.onmessage = () => {
    const report: HeapReport = { thread: threadId, used: usedHeap() };
    channel.postMessage(report);
  };
  channel.unref();
}
