import { expect, test } from 'vitest';
import { merge } from '../../src/services/merge.ts';

/** Creates a generator that waits for a signal before each item and logs its state. */
function generateSteps(name: string, count: number, log: string[] = []) {
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

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const one of source) items.push(one);
  return items;
}

test.each([1, 2, 3, 8])('with concurrency %i yields all items, each source in order', async (concurrency) => {
  const items = await collect(
    merge(
      [generateSteps('a', 3), generateSteps('b', 1), generateSteps('c', 2), generateSteps('d', 0)],
      concurrency,
    ),
  );
  expect([...items].sort()).toEqual(['a0', 'a1', 'a2', 'b0', 'c0', 'c1']);
  for (const name of ['a', 'b', 'c'])
    expect(items.filter((one) => one[0] === name)).toEqual(items.filter((one) => one[0] === name).sort());
});

test('yields nothing without sources', async () => {
  expect(await collect(merge([], 4))).toEqual([]);
});

test('runs no more sources than allowed, and starts them in order', async () => {
  const log: string[] = [];
  const starts = ['a', 'b', 'c', 'd', 'e'].map((name) => generateSteps(name, 2, log));
  await collect(merge(starts, 2));
  let running = 0;
  let concurrency = 0;
  for (const line of log) {
    running += line.endsWith('starts') ? 1 : -1;
    concurrency = Math.max(concurrency, running);
  }
  expect([concurrency, running]).toEqual([2, 0]);
  expect(log.filter((line) => line.endsWith('starts'))).toEqual(
    ['a', 'b', 'c', 'd', 'e'].map((name) => `${name} starts`),
  );
});

test('stops on an error in one source', async () => {
  const failing = async function* (): AsyncGenerator<string> {
    yield 'x0';
    throw new Error('broken');
  };
  await expect(collect(merge([generateSteps('a', 5), failing], 2))).rejects.toThrow('broken');
});

test('suppresses later errors of other sources after a break', async () => {
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

test('closes the started sources after a break', async () => {
  const log: string[] = [];
  for await (const _ of merge([generateSteps('a', 3, log), generateSteps('b', 3, log)], 2)) break;
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(log.filter((line) => line.endsWith('ends')).sort()).toEqual(['a ends', 'b ends']);
});
