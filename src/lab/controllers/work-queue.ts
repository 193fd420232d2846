import { after } from '../../platform/timers.ts';

/**
 * Reconciles by key, a little after the key was last added: many changes at once give one turn, as in the real
 * controllers. A key may also be added for later.
 */
export class WorkQueue {
  readonly #pending = new Map<string, () => void>();
  readonly #later = new Map<string, () => void>();
  readonly #latencyMs: number;
  readonly #reconcile: (key: string) => void;

  constructor(latencyMs: number, reconcile: (key: string) => void) {
    this.#latencyMs = latencyMs;
    this.#reconcile = reconcile;
  }

  add(key: string): void {
    if (this.#pending.has(key)) return;
    const cancel = after(this.#latencyMs, () => {
      this.#pending.delete(key);
      this.#reconcile(key);
    });
    this.#pending.set(key, cancel);
  }

  addAfter(key: string, ms: number): void {
    this.#later.get(key)?.();
    const cancel = after(ms, () => {
      this.#later.delete(key);
      this.add(key);
    });
    this.#later.set(key, cancel);
  }

  close(): void {
    for (const timers of [this.#pending, this.#later]) {
      for (const cancel of timers.values()) cancel();
      timers.clear();
    }
  }
}
