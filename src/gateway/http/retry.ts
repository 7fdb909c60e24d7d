/** How long to wait before asking again, in milliseconds: doubling, with jitter so that many do not come at once. */
export function backoff(retry: number, random: number): number {
  const longest = Math.min(200 * 2 ** retry, 5_000);
  return Math.round(longest * (0.5 + random / 2));
}

/** How often an exchange that surely changed nothing is tried again before it counts as a failure. */
export const maxRetries = 4;

/**
 * The longest wait that a gateway may ask for, in milliseconds: a 429 that asks for more, alone or with those before it,
 * counts as a failure. A pause because nothing more is allowed for now (`X-RateLimit-Remaining: 0`) has the same bound.
 */
export const maxTotalWaitMs = 120_000;

/** The longest delay of a timer, in milliseconds: Node runs one that is longer at once. */
export const maxTimerMs = 2 ** 31 - 1;
