import { setTimeout as delay } from 'node:timers/promises';

/** Resolves after `ms`, or at once when the signal is aborted; never rejects. */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  await delay(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
}

/** Calls `turn` every `ms` until the returned function is called. */
export function every(ms: number, turn: () => void): () => void {
  const timer = setInterval(turn, ms);
  return () => {
    clearInterval(timer);
  };
}

/** Calls `then` once after `ms` unless the returned function is called before. */
export function after(ms: number, then: () => void): () => void {
  const timer = setTimeout(then, ms);
  return () => {
    clearTimeout(timer);
  };
}

/** Calls `then` in the next turn of the event loop, when messages and timers have had theirs. */
export function nextTurn(then: () => void): void {
  setImmediate(then);
}

/** Resolves when the event loop has polled for I/O once more: what waited in a socket has been read by then. */
export async function pollTurn(): Promise<void> {
  await new Promise<void>((resolve) => {
    setImmediate(() => {
      setImmediate(resolve);
    });
  });
}
