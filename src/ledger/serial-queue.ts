/** Runs one piece of work after another, at once if there is no other. */
export class SerialQueue {
  readonly #waiting: (() => void)[] = [];
  #isBusy = false;

  /** True while work is under way. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** Runs work when it is its turn; settles as the work does. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#isBusy) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#isBusy = true;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#isBusy = false;
    }
  }
}
