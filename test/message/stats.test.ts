import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Event } from '../../src/message/event.ts';
import { DelayStats, measureDelay, mergeBuckets, ReasonStats } from '../../src/message/stats.ts';

describe('delays', () => {
  const accepted = (at: number): Event => ({
    kind: 'accepted',
    at,
    channel: 'sms',
    gatewayId: null,
    simulation: false,
  });
  const receipt = (status: 'sent' | 'delivered' | 'read' | 'undelivered', at: number): Event => ({
    kind: 'receipt',
    channel: 'sms',
    status,
    reason: null,
    at,
  });

  test.each<[string, Event[], number | undefined]>([
    ['without events', [], undefined],
    ['on its way', [accepted(1_000), receipt('sent', 1_500)], undefined],
    ['delivered', [accepted(1_000), receipt('sent', 1_500), receipt('delivered', 3_000)], 2_000],
    ['read later', [accepted(1_000), receipt('delivered', 3_000), receipt('read', 9_000)], 2_000],
    ['read without a delivery receipt', [accepted(1_000), receipt('read', 9_000)], 8_000],
    ['delivered twice, out of order', [accepted(0), receipt('delivered', 90), receipt('delivered', 50)], 50],
    [
      'delivered after a failure on another channel',
      [accepted(0), receipt('undelivered', 70), receipt('delivered', 90)],
      90,
    ],
    ['failed', [accepted(0), receipt('undelivered', 70)], undefined],
    ['with a clock that is behind', [accepted(1_000), receipt('delivered', 900)], 0],
    ['without the time of acceptance', [receipt('delivered', 900)], undefined],
  ])('the delay of a message %s', (_, events, delay) => {
    expect(measureDelay(events)).toBe(delay);
  });

  function collectDelays(...list: number[]): DelayStats {
    const delays = new DelayStats();
    for (const delay of list) delays.add(delay);
    return delays;
  }

  describe('percentiles', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
    test.each<
      [string, number[], [p50: number | undefined, p90: number | undefined, p99: number | undefined]]
    >([
      ['none', [], [undefined, undefined, undefined]],
      ['one', [700], [700, 700, 700]],
      ['two', [100, 200], [100, 200, 200]],
      ['a hundred', hundred, [50, 90, 99]],
      ['in any order', hundred.toReversed(), [50, 90, 99]],
      ['one slow', [...Array<number>(99).fill(10), 60_000], [10, 10, 10]],
      ['two slow', [...Array<number>(98).fill(10), 60_000, 60_000], [10, 10, 60_000]],
      ['instant', [0, 0, 0], [0, 0, 0]],
    ])('%s', (_, list, expected) => {
      const delays = collectDelays(...list);
      expect([50, 90, 99].map((percent) => delays.percentile(percent))).toEqual(expected);
      expect(delays.total).toBe(list.length);
    });

    test('are exact to three digits, and the slowest is exact', () => {
      fc.assert(
        fc.property(
          fc.array(fc.integer({ min: 0, max: 600_000_000 }), { minLength: 1 }),
          fc.integer({ min: 1, max: 100 }),
          (list, percent) => {
            const sorted = list.toSorted((a, b) => a - b);
            const exact = sorted[Math.ceil((list.length * percent) / 100) - 1] ?? 0;
            const delays = collectDelays(...list);
            expect(Math.abs((delays.percentile(percent) ?? -1) - exact)).toBeLessThanOrEqual(exact * 0.006);
            expect(delays.slowest).toBe(sorted.at(-1));
          },
        ),
      );
    });
  });

  test.each<[string, number[], [upTo: number, count: number][]]>([
    ['none', [], []],
    ['one', [1_200], [[1_500, 1]]],
    ['on a boundary', [1_000, 1_001], [[1_000, 2]]],
    [
      'with a gap',
      [10, 45],
      [
        [10, 1],
        [20, 0],
        [30, 0],
        [50, 1],
      ],
    ],
    ['beyond all boundaries', [100 * 86_400_000], [[30 * 86_400_000, 1]]],
  ])('the histogram of %s', (_, list, steps) => {
    const histogram = collectDelays(...list).histogram();
    expect(histogram.map(({ upTo, count }) => [upTo, count])).toEqual(steps);
  });

  test.each<[number, [number, number][]]>([
    [
      9,
      [
        [1, 1],
        [2, 2],
        [3, 3],
        [4, 4],
        [5, 5],
      ],
    ],
    [
      5,
      [
        [1, 1],
        [2, 2],
        [3, 3],
        [4, 4],
        [5, 5],
      ],
    ],
    [
      3,
      [
        [2, 3],
        [4, 7],
        [5, 5],
      ],
    ],
    [1, [[5, 15]]],
  ])('merges a histogram to at most %i buckets', (maxBuckets, expected) => {
    const steps = [1, 2, 3, 4, 5].map((upTo) => ({ upTo, count: upTo }));
    expect(mergeBuckets(steps, maxBuckets).map(({ upTo, count }) => [upTo, count])).toEqual(expected);
    expect(mergeBuckets([], maxBuckets)).toEqual([]);
  });
});

describe('reasons', () => {
  test('are sorted by frequency within each channel', () => {
    const reasons = new ReasonStats();
    for (const reason of ['unreachable', 'opted out', 'unreachable']) reasons.add(reason, 'sms');
    reasons.add('unreachable', 'rcs');
    reasons.add(null, 'sms');
    expect(reasons.list()).toEqual([
      { reason: 'unreachable', channel: 'sms', count: 2 },
      { reason: 'opted out', channel: 'sms', count: 1 },
      { reason: 'unreachable', channel: 'rcs', count: 1 },
      { reason: null, channel: 'sms', count: 1 },
    ]);
  });

  test.each([
    ['phoneNumber +393901230006 is not valid', 'phoneNumber +393901240006 is not valid'],
    ['no route to 393901230006', 'no route to 393901230007'],
    [
      'message 0193b2c4-7f1e-7c3a-9d2b-000000000001 expired',
      'message 0193b2c4-7f1e-7c3a-9d2b-000000000002 expired',
    ],
  ])('%s counts as %s', (one, other) => {
    const reasons = new ReasonStats();
    reasons.add(one, 'sms');
    reasons.add(other, 'sms');
    expect(reasons.list()).toHaveLength(1);
  });

  test('differ by codes and short numbers', () => {
    const reasons = new ReasonStats();
    for (const reason of ['error 404', 'error 405', 'smpp 0x0000000b']) reasons.add(reason, 'sms');
    expect(reasons.list()).toHaveLength(3);
  });

  test('do not exhaust memory if each message has its own', () => {
    const reasons = new ReasonStats();
    for (let i = 0; i < 5_000; i++) reasons.add(`failed at ${i}`, 'sms');
    const [first, ...others] = reasons.list();
    expect(first).toEqual({ reason: 'other reasons', channel: 'sms', count: 4_000 });
    expect(others).toHaveLength(1_000);
  });
});
