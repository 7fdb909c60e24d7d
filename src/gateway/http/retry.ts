/** Returns the milliseconds to wait before a retry: doubling up to 5 s, with jitter so that clients spread out. */
export function backoff(retry: number, random: number): number {
  const maxMs = Math.min(200 * 2 ** retry, 5_000);
  return Math.round(maxMs * (0.5 + random / 2));
}

/** Retries of an exchange that certainly changed nothing, before it counts as a failure. */
export const maxRetries = 4;

/**
 * Longest wait that a gateway may ask for, in milliseconds: a 429 that asks for more, alone or together with earlier
 * ones, counts as a failure. A pause for an exhausted quota (`X-RateLimit-Remaining: 0`) has the same limit.
 */
export const maxTotalWaitMs = 120_000;

/** Longest delay of a timer, in milliseconds: Node fires a longer one at once. */
export const maxTimerMs = 2 ** 31 - 1;

/** When an operation is repeated. */
export interface RetryPolicy<T> {
  /** Returns the milliseconds to wait before the next try; undefined for a result that ends the tries. */
  delayMs(result: T, retry: number): number | undefined;
  /** Time in which tries may begin, in milliseconds. */
  totalMs: number;
}

/** Repeats an operation as its policy says, at most `maxRetries` times; returns the last result. */
export async function retry<T>(
  { delayMs, totalMs }: RetryPolicy<T>,
  operation: () => Promise<T>,
  { now, sleep }: { now(): number; sleep(milliseconds: number): Promise<void> },
): Promise<T> {
  const deadline = now() + totalMs;
  for (let count = 0; ; count++) {
    const result = await operation();
    const delay = count < maxRetries ? delayMs(result, count) : undefined;
    if (delay === undefined || now() + delay > deadline) return result;
    await sleep(delay);
  }
}
