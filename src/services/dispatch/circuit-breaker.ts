import { Failure } from '../../errors.ts';
import type { RequestOutcome } from '../../gateway/gateway.ts';
import { backoff, maxRetries, maxTotalWaitMs } from '../../gateway/http/retry.ts';

/** When to stop sending to a gateway that accepts no messages. Times are in milliseconds. */
export interface BreakerPolicy {
  /** The longest time without an acceptance or refusal, and the longest single pause that the gateway may ask for. */
  maxOutageMs: number;
  /** The longest time spent in pauses that the gateway asks for, without an acceptance or refusal between them. */
  maxTotalWaitMs: number;
  /** The same for a gateway that was never reached: its address is more likely wrong than the gateway down. */
  maxUnreachableMs: number;
  /** How often one request that surely did not arrive is repeated. */
  maxRetries: number;
}

/** Decides how long to back off after an outcome, and when to give up. */
export interface CircuitBreaker {
  /**
   * Returns for how many milliseconds to send nothing after this outcome; undefined for no pause. `retries` says how
   * often this message's request has been repeated before.
   */
  pauseAfter(outcome: RequestOutcome, now: number): number | undefined;
  /** Returns why to give up instead of pausing for `wait` milliseconds; undefined while retrying makes sense. */
  tripped(outcome: RequestOutcome, wait: number, retries: number, now: number): Failure | undefined;
}

/** Starts at `begin`, by the monotonic clock, for a gateway that gets `concurrency` requests at once. */
export function openCircuitBreaker(
  policy: BreakerPolicy,
  concurrency: number,
  begin: number,
): CircuitBreaker {
  let failuresInRow = 0;
  let lastSettledAt = begin;
  let wasReached = false;
  return {
    pauseAfter(outcome, now) {
      wasReached ||= outcome.kind !== 'notSent';
      switch (outcome.kind) {
        case 'accepted':
        case 'refused':
          failuresInRow = 0;
          lastSettledAt = now;
          return undefined;
        case 'rateLimited':
          return outcome.wait;
        case 'doubt':
          // One request may fail by itself; when all of them do, the gateway needs a pause.
          return ++failuresInRow > concurrency
            ? backoff(failuresInRow - concurrency, Math.random())
            : undefined;
        case 'notSent':
          return backoff(failuresInRow++, Math.random());
        case 'fatal':
          return undefined;
      }
    },
    tripped(outcome, wait, retries, now) {
      const reason = 'reason' in outcome ? outcome.reason : '';
      const failure = (code: string, text: string) => new Failure('gateway', code, `${text}: ${reason}`);
      const silence = now + wait - lastSettledAt;
      if (outcome.kind === 'rateLimited' && (wait > policy.maxOutageMs || silence > policy.maxTotalWaitMs))
        return failure('gateway.limited', `the gateway asks qlara to wait ${Math.ceil(wait / 1_000)} s more`);
      if (outcome.kind === 'notSent' && retries >= policy.maxRetries)
        return failure('gateway.unreachable', 'the gateway cannot be reached');
      if (wasReached && silence > policy.maxOutageMs)
        return failure(
          'gateway.outage',
          `the gateway has accepted nothing for ${Math.ceil(silence / 1_000)} s`,
        );
      if (!wasReached && silence > policy.maxUnreachableMs)
        return failure('gateway.unreachable', 'the gateway cannot be reached');
      return undefined;
    },
  };
}

/** Messages sent by themselves: a person waits for the answer. */
export const singlePolicy: BreakerPolicy = {
  maxOutageMs: Infinity,
  maxTotalWaitMs,
  maxUnreachableMs: Infinity,
  maxRetries,
};
