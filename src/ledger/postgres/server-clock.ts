import { type MonotonicClock, systemClock } from '../../storage/monotonic.ts';

/** How fast two clocks may drift apart, as a ratio: a cheap quartz does 100 ppm. */
const driftRatio = 1e-4;

/**
 * The clock of a server, in milliseconds since 1970, estimated between readings. A reading is as good as the round trip
 * that brought it is short, and ages as clocks drift.
 */
export class ServerClock implements MonotonicClock {
  readonly machine = systemClock.machine;
  /** Identifies the server; empty until it is known. */
  boot = '';
  #offset = 0;
  #reading = { errorMs: Infinity, at: 0 };

  /** Needs no `this`: users of a clock take it apart. */
  readonly monotonic = (): number => performance.now() + this.#offset;

  /** Takes a reading that was asked for and answered at these times of `performance.now()`, unless there is a better one. */
  adjust(askedAt: number, answeredAt: number, serverMs: number): void {
    const errorMs = (answeredAt - askedAt) / 2;
    const { errorMs: known, at } = this.#reading;
    if (errorMs > known + (answeredAt - at) * driftRatio) return;
    this.#offset = serverMs - (askedAt + answeredAt) / 2;
    this.#reading = { errorMs, at: answeredAt };
  }
}
