import { setTimeout as delay } from 'node:timers/promises';

/** A timer of Node holds no more (24.8 days): a longer one would fire at once. */
const MAX_MS = 2 ** 31 - 1;

/** Resolves after `ms`, or at once when the signal is aborted; never rejects. */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  const options = signal === undefined ? {} : { signal };
  for (let left = ms; left > MAX_MS && signal?.aborted !== true; left -= MAX_MS) {
    await delay(MAX_MS, undefined, options).catch(() => undefined);
  }
  await delay(ms > MAX_MS ? ms % MAX_MS : ms, undefined, options).catch(() => undefined);
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
  let cancel = () => {};
  const wait = (left: number) => {
    const now = Math.min(left, MAX_MS);
    const next = () => {
      wait(left - now);
    };
    const timer = setTimeout(left > now ? next : then, now);
    cancel = () => {
      clearTimeout(timer);
    };
  };
  wait(ms);
  return () => {
    cancel();
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
