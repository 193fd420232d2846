import { sleep } from '../../src/platform/timers.ts';

/** Resolves with what `look` gives once it is neither null nor false; fails when that takes too long. */
export async function eventually<Value>(
  what: string,
  look: () => Value | null | false | Promise<Value | null | false>,
  withinMs = 15_000,
): Promise<Value> {
  for (let waited = 0; waited < withinMs; waited += 10) {
    const value = await look();
    if (value !== null && value !== false) return value;
    await sleep(10);
  }
  throw new Error(`not within ${String(withinMs)} ms: ${what}`);
}
