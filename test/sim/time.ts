/** Never settles, like the pending promises of a killed process. */
export const never = new Promise<never>(() => {});

/** Virtual time that passes only when nothing else can happen, so that a run depends only on its seed. */
export class VirtualTime {
  /** Milliseconds since boot. */
  now = 1_000_000;
  #timers: { at: number; order: number; fire: () => void }[] = [];
  #order = 0;

  after(milliseconds: number, fire: () => void): void {
    const timer = { at: this.now + Math.max(milliseconds, 0), order: this.#order++, fire };
    const later = this.#timers.findIndex(({ at }) => at > timer.at);
    this.#timers.splice(later === -1 ? this.#timers.length : later, 0, timer);
  }

  sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.after(milliseconds, resolve));
  }

  /**
   * Advances time until `isOver`.
   * @throws after `limitMs`
   */
  async run(isOver: () => boolean, limitMs: number): Promise<void> {
    const end = this.now + limitMs;
    for (;;) {
      await settled();
      if (isOver()) return;
      const next = this.#timers.shift();
      if (next === undefined) throw new Error('nothing can happen any more');
      if (next.at > end) throw new Error(`not over after ${limitMs / 1000} s of virtual time`);
      this.now = Math.max(this.now, next.at);
      next.fire();
    }
  }
}

/** Resolves when all microtasks are done. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
