import { expect, test } from 'vitest';
import { merge } from '../../src/services/merge.ts';

/** A generator that waits until it is told to go on, and notes what becomes of it. */
function steps(name: string, count: number, log: string[] = []) {
  return async function* () {
    log.push(`${name} starts`);
    try {
      for (let at = 0; at < count; at++) {
        await Promise.resolve();
        yield `${name}${at}`;
      }
    } finally {
      log.push(`${name} ends`);
    }
  };
}

async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const got: T[] = [];
  for await (const one of source) got.push(one);
  return got;
}

test.each([1, 2, 3, 8])('with %i at once all items arrive, each source in its own order', async (most) => {
  const got = await all(merge([steps('a', 3), steps('b', 1), steps('c', 2), steps('d', 0)], most));
  expect([...got].sort()).toEqual(['a0', 'a1', 'a2', 'b0', 'c0', 'c1']);
  for (const name of ['a', 'b', 'c'])
    expect(got.filter((one) => one[0] === name)).toEqual(got.filter((one) => one[0] === name).sort());
});

test('nothing to merge is nothing', async () => {
  expect(await all(merge([], 4))).toEqual([]);
});

test('no more run at once than are allowed, and they start in order', async () => {
  const log: string[] = [];
  const starts = ['a', 'b', 'c', 'd', 'e'].map((name) => steps(name, 2, log));
  await all(merge(starts, 2));
  let running = 0;
  let most = 0;
  for (const line of log) {
    running += line.endsWith('starts') ? 1 : -1;
    most = Math.max(most, running);
  }
  expect([most, running]).toEqual([2, 0]);
  expect(log.filter((line) => line.endsWith('starts'))).toEqual(
    ['a', 'b', 'c', 'd', 'e'].map((name) => `${name} starts`),
  );
});

test('an error of one ends all', async () => {
  const failing = async function* (): AsyncGenerator<string> {
    yield 'x0';
    throw new Error('broken');
  };
  await expect(all(merge([steps('a', 5), failing], 2))).rejects.toThrow('broken');
});

test('breaking off lets no later error of another source escape', async () => {
  const escaped: unknown[] = [];
  const note = (cause: unknown) => escaped.push(cause);
  process.on('unhandledRejection', note);
  try {
    const late = async function* (): AsyncGenerator<string> {
      yield 'x0';
      await new Promise((resolve) => setImmediate(resolve));
      throw new Error('too late to matter');
    };
    for await (const _ of merge([late], 1)) break;
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(escaped).toEqual([]);
  } finally {
    process.off('unhandledRejection', note);
  }
});

test('breaking off ends the sources that were started', async () => {
  const log: string[] = [];
  for await (const _ of merge([steps('a', 3, log), steps('b', 3, log)], 2)) break;
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(log.filter((line) => line.endsWith('ends')).sort()).toEqual(['a ends', 'b ends']);
});
