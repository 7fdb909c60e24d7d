/**
 * Runs generators side by side, at most `most` at once and started in order, and yields what any of them
 * yields as it comes. An error of one ends all.
 */
export async function* merge<T>(
  starts: readonly (() => AsyncGenerator<T>)[],
  most: number,
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
  for (let i = 0; i < most; i++) startNext();
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
    // Nobody hears any more of those still at work; each ends at its next step.
    for (const [from, next] of running) {
      next.catch(() => {});
      from.return(undefined).catch(() => {});
    }
  }
}
