import { Failure } from '../errors.ts';

/**
 * Returns a function that asks the gateway a question and returns undefined while the gateway cannot answer. The first
 * failure in a row is noted.
 * @throws what the question throws, unless it is a failure of the gateway
 */
export function tolerateOutages(
  note: (text: string) => void,
): <T>(question: () => Promise<T>) => Promise<T | undefined> {
  let isNoted = false;
  return async (question) => {
    try {
      const answer = await question();
      isNoted = false;
      return answer;
    } catch (cause) {
      if (!(cause instanceof Failure) || cause.kind !== 'gateway') throw cause;
      if (!isNoted) note(`${cause.message}; still trying`);
      isNoted = true;
      return undefined;
    }
  };
}

/**
 * Asks a question again and again, with a pause after each, until the caller stops; yields the answers that there are.
 * @throws as `tolerateOutages`, and what `pause` throws
 */
export async function* poll<T>(
  question: () => Promise<T>,
  pause: () => Promise<void>,
  note: (text: string) => void,
): AsyncGenerator<T> {
  const ask = tolerateOutages(note);
  for (;;) {
    const answer = await ask(question);
    if (answer !== undefined) yield answer;
    await pause();
  }
}
