/**
 * Runs generators concurrently, at most `limit` at once and started in order, and yields their values as they come. An
 * error of one ends all.
 */
export async function* merge<T>(
  starts: readonly (() => AsyncGenerator<T>)[],
  limit: number,
): AsyncGenerator<T> {
  type Next = { from: AsyncGenerator<T>; result: IteratorResult<T> };
  const running = new Map<AsyncGenerator<T>, Promise<Next>>();
  const waiting = starts.values();
  const advance = (from: AsyncGenerator<T>) =>
    running.set(
      from,
      from.next().then((result) => ({ from, result })),
    );
  const startNext = () => {
    const { value: start } = waiting.next();
    if (start !== undefined) advance(start());
  };
  for (let i = 0; i < limit; i++) startNext();
  try {
    while (running.size > 0) {
      const { from, result } = await Promise.race(running.values());
      if (result.done) {
        running.delete(from);
        startNext();
      } else {
        advance(from);
        yield result.value;
      }
    }
  } finally {
    // The rest end at their next step; nobody reads their values.
    for (const [from, next] of running) {
      next.catch(() => {});
      from.return(undefined).catch(() => {});
    }
  }
}
