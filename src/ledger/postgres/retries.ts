/** How a server that went away is waited for. */
export interface RetryOptions {
  /** How long, in milliseconds. */
  waitMs: number;
  /** Sleeps; rejects when the program is being stopped. */
  sleep?(milliseconds: number): Promise<void>;
  /** Aborted when the program is being stopped: a server that is silent is not waited for any more. */
  stop?: AbortSignal;
  /** Told once in an outage when waiting for the server has begun. */
  onWait?(reason: string): void;
  /** Told when the server is back after that. */
  onBack?(): void;
}

/** The remedy for a failure: the same work at once, or when the server is back, or never. */
export type Remedy = 'repeat' | 'wait' | 'fail';

/** Milliseconds in which a server that was waited for in vain is not tried again. */
const failFastMs = 1_000;

/** Milliseconds that a server has to answer while the program is being stopped. */
const stopTimeoutMs = 800;

/** Repeats work until the server answers, or was waited for long enough: all work of one outage waits no longer than one. */
export class Retries {
  readonly #options: RetryOptions;
  /** Ends the session, so that its work ends too. */
  readonly #drop: () => void;
  /** Since when nothing has worked, by the monotonic clock. */
  #goneSince: number | undefined;
  #hasToldWait = false;
  /** The failure after which the server was waited for no longer, and when it came. */
  #lastFailure: { cause: unknown; at: number } | undefined;
  /** Limits the time of the work under way, as the program is being stopped. */
  #onStop = () => {};
  /** True once the server was silent while the program was being stopped. */
  #isGivenUp = false;

  constructor(options: RetryOptions, drop: () => void) {
    this.#options = options;
    this.#drop = drop;
    options.stop?.addEventListener('abort', () => this.#onStop(), { once: true });
  }

  /** @throws what `work` throws, and the reason of `stop` */
  async run<T>(work: () => Promise<T>, judge: (cause: unknown) => Promise<Remedy>): Promise<T> {
    const { waitMs, sleep: pause = sleep } = this.#options;
    // One failure after another would take the time of a new session each.
    if (this.#lastFailure && performance.now() - this.#lastFailure.at < failFastMs)
      throw this.#lastFailure.cause;
    this.#lastFailure = undefined;
    for (let tries = 0; ; tries++) {
      const startedAt = performance.now();
      try {
        const result = await this.unlessStopped(work);
        this.#goneSince = undefined;
        if (this.#hasToldWait) this.#options.onBack?.();
        this.#hasToldWait = false;
        return result;
      } catch (cause) {
        const remedy = await judge(cause);
        if (remedy === 'repeat') continue;
        if (remedy === 'fail') throw cause;
        this.#goneSince ??= startedAt;
        const nextMs = Math.min(100 * 2 ** tries, 1_000);
        const isOver = performance.now() + nextMs > this.#goneSince + waitMs;
        // A server that was silent for longer than that may be back by now.
        if (isOver && (tries > 0 || waitMs === 0)) {
          this.#lastFailure = { cause, at: performance.now() };
          throw cause;
        }
        if (tries === 3) this.#tellWait(cause);
        await pause(nextMs);
      }
    }
  }

  /** Runs work; while the program is being stopped, rejects with the reason of that if the server is silent. */
  unlessStopped<T>(work: () => Promise<T>): Promise<T> {
    const { stop } = this.#options;
    if (stop === undefined) return work();
    if (this.#isGivenUp) return Promise.reject(stop.reason);
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
      this.#onStop = () => {
        timer = setTimeout(() => {
          this.#isGivenUp = true;
          this.#drop();
          reject(stop.reason);
        }, stopTimeoutMs);
      };
      if (stop.aborted) this.#onStop();
      work()
        .then(resolve, reject)
        .finally(() => {
          clearTimeout(timer);
          this.#onStop = () => {};
        });
    });
  }

  #tellWait(cause: unknown): void {
    if (this.#hasToldWait) return;
    this.#hasToldWait = true;
    this.#options.onWait?.(cause instanceof Error ? cause.message : String(cause));
  }
}

/** Waits so many milliseconds, also while the program is being stopped. */
export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
