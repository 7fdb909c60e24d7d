/** The documented limits of a production plan, for each API key. */
const windows = [
  { limit: 50, length: 1000 },
  { limit: 1000, length: 60_000 },
] as const;

/** Where a caller stands after a request, in the window that has the least left. */
export interface RateStatus {
  limit: number;
  remaining: number;
  /** When the window's oldest request leaves it, in milliseconds since 1970. */
  resetAt: number;
  /** Whole seconds to wait; null when the request may pass. */
  retryAfter: number | null;
}

/** What a caller hears who is not limited. */
export function unlimited(now: number): RateStatus {
  return { limit: 1000, remaining: 1000, resetAt: now + 60_000, retryAfter: null };
}

/**
 * Counts requests by caller in sliding windows: no second holds more than 50 and no minute more than 1,000,
 * wherever it begins. Fixed windows would let twice that through around a boundary, and hide a client's fault.
 * Refused requests do not count.
 */
export function limiter(): (caller: string, now: number) => RateStatus {
  const passed = new Map<string, number[]>();
  return (caller, now) => {
    const times = (passed.get(caller) ?? []).filter((at) => at <= now && now - at < 60_000);
    passed.set(caller, times);
    const wait = Math.max(
      ...windows.map(({ limit, length }) => (times.at(-limit) ?? -length) + length - now),
    );
    const isOver = wait > 0;
    if (!isOver) times.push(now);
    const standings = windows.map(({ limit, length }) => {
      const used = inside(times, length, now);
      const oldest = times[times.length - used] ?? now;
      return { limit, remaining: limit - used, resetAt: oldest + length };
    });
    const tightest = standings.reduce((least, next) => (next.remaining < least.remaining ? next : least));
    return { ...tightest, retryAfter: isOver ? Math.max(1, Math.ceil(wait / 1000)) : null };
  };
}

function inside(times: number[], length: number, now: number): number {
  return times.length - times.findLastIndex((at) => now - at >= length) - 1;
}
