/** Imported into every thread of a process (`--import`): each worker says once a second how much heap it uses. */

import { getHeapStatistics } from 'node:v8';
import { BroadcastChannel, isMainThread, threadId } from 'node:worker_threads';

export const WORKER_HEAP = 'bench worker heap';

export type HeapReport = { readonly thread: number; readonly used: number };

if (!isMainThread) {
  const channel = new BroadcastChannel(WORKER_HEAP);
  channel.unref();
  setInterval(() => {
    const report: HeapReport = { thread: threadId, used: getHeapStatistics().used_heap_size };
    channel.postMessage(report);
  }, 1000).unref();
}
