import { Failure } from '../errors.ts';
import type { SendOutcome } from '../gateway/gateway.ts';
import { backoff } from '../gateway/http/retry.ts';

/**
 * For so long a gateway may take nothing before sending stops, in milliseconds: less where it has not been reached at
 * all, since then the address is wrong more often than the gateway.
 */
const longestOutageMs = { reached: 300_000, never: 10_000 };

/** How a gateway that does not take what it is sent is borne with. */
export interface CircuitBreaker {
  /** For how many milliseconds the gateway is to be left alone after this outcome; undefined: it is not. */
  pauseAfter(outcome: SendOutcome, now: number): number | undefined;
  /** Why it is not waited for any more, if it has to be left alone for so long. Undefined while it is worth waiting. */
  tripped(wait: number, now: number, reason: string): Failure | undefined;
}

/** For a gateway that is sent `concurrency` messages at once, from `begin` on. */
export function openCircuitBreaker(concurrency: number, begin: number): CircuitBreaker {
  /** Requests in a row that came to nothing. */
  let failures = 0;
  let lastGood = begin;
  let reached = false;
  return {
    pauseAfter(outcome, now) {
      reached ||= outcome.kind !== 'notSent';
      switch (outcome.kind) {
        case 'accepted':
        case 'refused':
          failures = 0;
          lastGood = now;
          return undefined;
        case 'rateLimited':
          return outcome.wait;
        case 'doubt':
          // One may go wrong by itself; when all do, the gateway needs a rest.
          return ++failures > concurrency ? backoff(failures - concurrency, Math.random()) : undefined;
        case 'notSent':
          return backoff(failures++, Math.random());
        case 'fatal':
          return undefined;
      }
    },
    tripped(wait, now, reason) {
      const silence = now + wait - lastGood;
      const failure = (code: string, what: string) => new Failure('gateway', code, `${what}: ${reason}`);
      if (wait > longestOutageMs.reached)
        return failure('gateway.limited', `the gateway asks to wait ${Math.ceil(wait / 60_000)} min`);
      if (reached && silence > longestOutageMs.reached)
        return failure('gateway.outage', 'the gateway has taken nothing for minutes');
      if (!reached && silence > longestOutageMs.never)
        return failure('gateway.unreachable', 'the gateway cannot be reached');
      return undefined;
    },
  };
}
