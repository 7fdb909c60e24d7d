import type { Failure } from '../../errors.ts';
import type { RequestOutcome } from '../../gateway/gateway.ts';
import type { Deps } from '../deps.ts';
import type { CircuitBreaker } from './circuit-breaker.ts';
import type { RateLimiter } from './rate-limiter.ts';

/** How often a note says that sending pauses, in milliseconds. */
const noteIntervalMs = 30_000;

/** The view that a back-off has of its dispatcher. */
export interface BackOffPort {
  stop(cause: Failure): void;
  /** Told at the end of a pause. */
  onOver(): void;
}

/** Pauses sending after outcomes that call for it, or stops it where waiting makes no sense. */
export class BackOff {
  readonly #breaker: CircuitBreaker;
  readonly #limiter: RateLimiter;
  readonly #port: BackOffPort;
  readonly #deps: Pick<Deps, 'clock' | 'note'>;
  #lastNote = -Infinity;

  constructor(
    breaker: CircuitBreaker,
    limiter: RateLimiter,
    port: BackOffPort,
    deps: Pick<Deps, 'clock' | 'note'>,
  ) {
    this.#breaker = breaker;
    this.#limiter = limiter;
    this.#port = port;
    this.#deps = deps;
  }

  /** Handles an outcome; `retries` says how often this message's request has been repeated before. */
  after(outcome: RequestOutcome, retries: number): void {
    const wait = this.#breaker.pauseAfter(outcome, this.#deps.clock.monotonic());
    if (wait !== undefined) this.#pause(outcome, wait, retries);
  }

  /** Pauses for so many milliseconds, since the gateway allows no more for now. */
  asGatewayAsks(wait: number): void {
    this.#pause({ kind: 'rateLimited', wait, reason: 'the gateway allows no more for now' }, wait, 0);
  }

  #pause(outcome: RequestOutcome, wait: number, retries: number): void {
    const { clock, note } = this.#deps;
    const now = clock.monotonic();
    const tripped = this.#breaker.tripped(outcome, wait, retries, now);
    if (tripped) {
      this.#port.stop(tripped);
      return;
    }
    const isPaused = this.#limiter.pausedUntil() !== undefined;
    if (wait >= 1_000 && !isPaused && now - this.#lastNote > noteIntervalMs) {
      this.#lastNote = now;
      const seconds = Math.ceil(wait / 1_000);
      if (outcome.kind === 'accepted' || outcome.kind === 'rateLimited')
        note(`the gateway asks qlara to wait ${seconds} s`);
      else note(`waiting ${seconds} s before the next request: ${outcome.reason}`);
    }
    this.#limiter.pauseUntil(now + wait, outcome.kind === 'rateLimited');
    clock.sleep(wait).then(this.#port.onOver, () => {});
  }
}
