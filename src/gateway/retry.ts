/** How long to wait before asking again, in milliseconds: doubling, with jitter so that many do not come at once. */
export function backoff(retry: number, random: number): number {
  const longest = Math.min(200 * 2 ** retry, 5_000);
  return Math.round(longest * (0.5 + random / 2));
}

/** How often an exchange that surely changed nothing is tried again before it counts as a failure. */
export const mostRetries = 4;

/** How long in all a gateway's `retryAfter` is obeyed before a 429 counts as a failure, in milliseconds. */
export const longestWait = 120_000;
