/** Documented limits of a production plan, for each API key; `length` in milliseconds. */
const windows = [
  { limit: 50, length: 1000 },
  { limit: 1000, length: 60_000 },
] as const;

/** Rate limit status of a client after a request, for the window with the least remaining requests. */
export interface RateStatus {
  limit: number;
  remaining: number;
  /** Time at which the oldest request leaves the window, in milliseconds since 1970. */
  resetAt: number;
  /** Whole seconds to wait, or null if the request is allowed. */
  retryAfter: number | null;
}

/** Returns the rate limit status of a client that is not limited. */
export function unlimitedStatus(now: number): RateStatus {
  return { limit: 1000, remaining: 1000, resetAt: now + 60_000, retryAfter: null };
}

/**
 * Creates a rate limiter with sliding windows by client: at most 50 requests in any second and 1,000 in any minute.
 * Fixed windows would let twice as many through around a boundary, and hide a fault of the client. Rejected requests do
 * not count.
 */
export function createRateLimiter(): (caller: string, now: number) => RateStatus {
  const passed = new Map<string, number[]>();
  return (caller, now) => {
    const times = (passed.get(caller) ?? []).filter((at) => at <= now && now - at < 60_000);
    passed.set(caller, times);
    const waitMs = Math.max(
      ...windows.map(({ limit, length }) => (times.at(-limit) ?? -length) + length - now),
    );
    const isOver = waitMs > 0;
    if (!isOver) times.push(now);
    const statuses = windows.map(({ limit, length }) => {
      const used = countWithin(times, length, now);
      const oldest = times[times.length - used] ?? now;
      return { limit, remaining: limit - used, resetAt: oldest + length };
    });
    const tightest = statuses.reduce((least, next) => (next.remaining < least.remaining ? next : least));
    return { ...tightest, retryAfter: isOver ? Math.max(1, Math.ceil(waitMs / 1000)) : null };
  };
}

function countWithin(times: number[], length: number, now: number): number {
  return times.length - times.findLastIndex((at) => now - at >= length) - 1;
}
