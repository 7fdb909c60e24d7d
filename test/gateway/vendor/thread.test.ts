import { describe, expect, test } from 'vitest';
import { readThread } from '../../../src/gateway/vendor/thread.ts';

interface Entry {
  id?: number | string;
  text: string;
}

type Query = Record<string, string>;

/** Gateways by how they page a conversation whose entries are given the oldest first. */
const gateways: Record<string, (all: readonly Entry[], size: number) => (query: Query) => readonly Entry[]> =
  {
    'by idFrom, the oldest first': (all, size) => (query) => within(all, query).slice(0, size),
    'by idFrom, exclusive': (all, size) => (query) =>
      within(all, query)
        .filter(({ id }) => `${id}` !== query.idFrom && `${id}` !== query.idTo)
        .slice(0, size),
    'by idFrom, the newest without it': (all, size) => (query) =>
      query.idFrom === undefined ? within(all, query).slice(-size) : within(all, query).slice(0, size),
    'by idFrom, the newest first': (all, size) => (query) => within(all, query).slice(-size).reverse(),
    'by idFrom, without an order': (all, size) => (query) => shuffle(within(all, query).slice(0, size)),
    'by page': (all, size) => (query) => all.slice(Number(query.page ?? 0) * size).slice(0, size),
    'by page, the newest first': (all, size) => (query) =>
      [...all]
        .reverse()
        .slice(Number(query.page ?? 0) * size)
        .slice(0, size),
    'by page and the limit asked for':
      (all) =>
      ({ page = '0', limit }) =>
        all.slice(Number(page) * Number(limit)).slice(0, Number(limit)),
  };

function within(all: readonly Entry[], { idFrom, idTo }: Query): readonly Entry[] {
  return all.filter(
    ({ id = 0 }) =>
      (idFrom === undefined || BigInt(id) >= BigInt(idFrom)) &&
      (idTo === undefined || BigInt(id) <= BigInt(idTo)),
  );
}

const shuffle = <T>(list: readonly T[]): T[] =>
  list.filter((_, index) => index % 2 === 1).concat(list.filter((_, index) => index % 2 === 0));

const numbered = (count: number) =>
  Array.from({ length: count }, (_, nth): Entry => ({ id: 1001 + 3 * nth, text: `m${nth % 5}` }));

/** Reads a thread; returns it with the number of requests. */
async function read(gateway: (query: Query) => readonly unknown[]) {
  const queries: Query[] = [];
  const thread = await readThread(async (query) => {
    queries.push(query);
    return gateway(query);
  });
  return { ...thread, queries };
}

const sortById = (entries: readonly unknown[]) =>
  [...(entries as Entry[])].sort((a, b) => (BigInt(a.id ?? 0) < BigInt(b.id ?? 0) ? -1 : 1));

describe.each(Object.keys(gateways))('a gateway that pages %s', (name) => {
  test.each([0, 1, 2, 3, 4, 7, 9, 10, 11, 20, 30, 99, 100, 101, 250])(
    'has all of %i entries',
    async (count) => {
      for (const size of [2, 3, 10, 20, 50, 100]) {
        if (count / size > 50) continue;
        const all = numbered(count);
        const { entries, hasEnd, queries } = await read(gateways[name]?.(all, size) ?? (() => []));
        expect(sortById(entries)).toEqual(all);
        expect(hasEnd).toBe(true);
        expect(queries.length).toBeLessThanOrEqual(2 * Math.ceil(count / (size - 1)) + 4);
      }
    },
  );

  test('keeps ids that a double cannot hold', async () => {
    const all = ['9007199254740992', '9007199254740993', '9007199254740994', '90071992547409930'].map(
      (id): Entry => ({ id, text: 'm' }),
    );
    const { entries, hasEnd } = await read(gateways[name]?.(all, 2) ?? (() => []));
    expect([sortById(entries), hasEnd]).toEqual([all, true]);
  });
});

describe('a gateway without numeric ids', () => {
  test.each([
    ['opaque ids', (nth: number) => ({ messageId: `in_${nth}`, text: 'm' })],
    ['no ids', (nth: number) => ({ text: `m${nth}`, timestamp: `2026-01-01T00:00:${nth}` })],
  ] as const)('is asked by page: %s', async (_, build) => {
    for (const count of [0, 1, 2, 99, 100, 101, 250]) {
      const all = Array.from({ length: count }, (_, nth) => build(nth));
      const { entries, hasEnd, queries } = await read(({ page, limit }) =>
        all.slice(Number(page) * Number(limit)).slice(0, Number(limit)),
      );
      expect([entries, hasEnd]).toEqual([all, true]);
      expect(queries.every(({ idFrom }) => idFrom === undefined)).toBe(true);
    }
  });

  test('keeps entries that are alike on one page', async () => {
    const all = Array.from({ length: 3 }, () => ({ text: 'ok' }));
    expect(await read(({ page }) => (page === '0' ? all : []))).toMatchObject({ entries: all, hasEnd: true });
  });
});

describe('a gateway that does not page', () => {
  test.each([2, 3, 10, 20, 33, 50, 100])('may have cut a list of %i', async (count) => {
    for (const all of [
      numbered(count),
      numbered(count).map(({ text }, nth) => ({ text: `${text} ${nth}` })),
    ]) {
      const { entries, queries, hasEnd } = await read(() => all);
      expect([entries, hasEnd]).toEqual([all, false]);
      expect(queries.length).toBeLessThanOrEqual(3);
    }
  });

  test('has a single entry by the number that was asked for', async () => {
    expect(await read(() => numbered(1))).toMatchObject({ entries: numbered(1), hasEnd: true });
  });

  test.each([
    ['new entries forever', (nth: number) => [{ id: nth, text: 'm' }]],
    ['new entries without ids', (nth: number) => [{ text: `m${nth}` }]],
    ['entries that are not objects', (nth: number) => [nth, null, 'a', [nth]]],
  ] as const)('ends: %s', async (_, build) => {
    let nth = 0;
    const { hasEnd, queries } = await read(() => build(nth++));
    expect(hasEnd).toBe(false);
    expect(queries.length).toBeLessThanOrEqual(1_001);
  });
});
