import {
  assert as check,
  constantFrom,
  double,
  integer,
  jsonValue,
  oneof,
  option,
  property,
  string,
  tuple,
} from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HttpResponse } from '../../../src/gateway/http/exchange.ts';
import { isQuotaExhausted, retryAfterMs } from '../../../src/gateway/http/response.ts';
import { maxTimerMs, maxTotalWaitMs } from '../../../src/gateway/http/retry.ts';

const now = Date.UTC(2026, 5, 1, 12);
const seconds = now / 1000;

function createResponse(headers: Record<string, string>, body: unknown = {}): HttpResponse {
  return { status: 429, text: JSON.stringify(body) ?? '', header: (name) => headers[name] };
}

/** A header or body value and the delay in milliseconds; undefined if it is invalid. */
const values: [value: string, wait: number | undefined][] = [
  ['5', 5_000],
  [' 5 ', 5_000],
  ['005', 5_000],
  ['0.5', 500],
  ['1.0', 1_000],
  ['0.0001', 1],
  ['120', 120_000],
  ['3600', 3_600_000],
  ['2592000', maxTimerMs],
  ['999999999', maxTimerMs],
  // Unix times in seconds and milliseconds.
  [`${seconds + 30}`, 30_000],
  [`${seconds + 0.5}`, 500],
  [`${now + 30_000}`, 30_000],
  [`${now + 30_000.4}`, 30_001],
  [`${seconds + 30 * 86_400}`, maxTimerMs],
  [`${now + 30 * 86_400_000}`, maxTimerMs],
  [`${seconds}`, undefined],
  [`${seconds - 10}`, undefined],
  [`${now - 10}`, undefined],
  // Dates: HTTP, ISO 8601, with and without a time zone.
  ['Mon, 01 Jun 2026 12:00:10 GMT', 10_000],
  ['Monday, 01-Jun-26 12:00:10 GMT', 10_000],
  ['Mon Jun  1 12:00:10 2026', 10_000],
  ['2026-06-01T12:00:10Z', 10_000],
  ['2026-06-01T12:00:10.250Z', 10_250],
  ['2026-06-01T14:00:10+02:00', 10_000],
  ['2026-06-01T12:00:10', 10_000],
  ['2026-06-01 12:00:10', 10_000],
  ['Mon, 01 Jun 2026 11:59:59 GMT', undefined],
  ['Fri, 01 Jan 2100 00:00:00 GMT', maxTimerMs],
  ['Mon, 99 Foo 2026 12:00:10 GMT', undefined],
  // Lists use the longest delay; numbers may have parameters.
  ['10, 20', 20_000],
  ['20,10', 20_000],
  ['10, soon', 10_000],
  ['0, 0', undefined],
  ['30;w=60', 30_000],
  ['30; w=60, 60; w=3600', 60_000],
  // Invalid values.
  ['', undefined],
  [' ', undefined],
  [',', undefined],
  ['0', undefined],
  ['-0', undefined],
  ['-5', undefined],
  ['NaN', undefined],
  ['Infinity', undefined],
  ['-Infinity', undefined],
  ['null', undefined],
  ['soon', undefined],
  ['0x10', undefined],
  ['1e3', undefined],
  ['5 apples', undefined],
  ['none 12 2099', undefined],
  ['Wednesday', undefined],
  ['1'.repeat(30), maxTimerMs],
  ['9'.repeat(400), undefined],
];

describe('the retry delay', () => {
  test.for(values)('of %j is %j ms, in a header or the body', ([value, wait]) => {
    const expected = wait ?? 1_000;
    expect(retryAfterMs(createResponse({}, { retryAfter: value }), now)).toBe(expected);
    expect(retryAfterMs(createResponse({ 'retry-after': value }), now)).toBe(expected);
    expect(retryAfterMs(createResponse({ 'x-ratelimit-reset': value }), now)).toBe(expected);
  });

  test.for(values.filter(([value]) => /^-?\d+(\.\d+)?$/.test(value) && Number.isFinite(Number(value))))(
    'of the number %s in the body is %j ms',
    ([value, wait]) => {
      expect(retryAfterMs(createResponse({}, { retryAfter: Number(value) }), now)).toBe(wait ?? 1_000);
    },
  );

  test.for<{ retryAfter: unknown }>([
    { retryAfter: { toString: 1 } },
    { retryAfter: { valueOf: 1, toString: null } },
    { retryAfter: { toJSON: 5 } },
    { retryAfter: [] },
    { retryAfter: [5] },
    { retryAfter: ['5'] },
    { retryAfter: {} },
    { retryAfter: null },
    { retryAfter: true },
    { retryAfter: false },
    { retryAfter: [{ toString: 1 }] },
  ])('is missing from %j', (body) => {
    expect(retryAfterMs(createResponse({}, body), now)).toBe(1_000);
  });

  test.for(['', 'null', '[]', '"x"', '5', '{"retryAfter":', '<html>', '{"__proto__":{"retryAfter":5}}'])(
    'is missing from the body %j',
    (text) => {
      expect(retryAfterMs({ ...createResponse({}), text }, now)).toBe(1_000);
    },
  );

  test('is the first one given', () => {
    const headers = { 'retry-after': '5', 'x-ratelimit-reset': '9' };
    expect(retryAfterMs(createResponse(headers, { retryAfter: 2 }), now)).toBe(2_000);
    expect(retryAfterMs(createResponse(headers, { retryAfter: -2 }), now)).toBe(5_000);
    expect(retryAfterMs(createResponse({ ...headers, 'retry-after': 'soon' }), now)).toBe(9_000);
  });

  test('is finite, not negative, and within the limit of timers', () => {
    const numbers = oneof(integer(), double(), integer({ min: now - 1e6, max: now + 1e6 }));
    const texts = oneof(
      string(),
      numbers.map(String),
      tuple(numbers, numbers).map((pair) => pair.join(', ')),
      constantFrom(...values.map(([value]) => value)),
    );
    const header = option(texts, { nil: undefined });
    const bodies = oneof(jsonValue(), texts, numbers).map((retryAfter) => JSON.stringify({ retryAfter }));
    check(
      property(
        oneof(bodies, string()),
        header,
        header,
        integer({ min: 0, max: 4e12 }),
        (text, after, reset, at) => {
          const responseHeaders: Record<string, string | undefined> = {
            'retry-after': after,
            'x-ratelimit-reset': reset,
          };
          const wait = retryAfterMs({ status: 429, text, header: (name) => responseHeaders[name] }, at);
          return Number.isInteger(wait) && wait > 0 && wait <= maxTimerMs;
        },
      ),
      { numRuns: 5_000 },
    );
  });

  test('is limited to what a timer can wait', () => {
    expect(maxTotalWaitMs).toBeLessThan(maxTimerMs);
  });
});

test.for([
  ['0', true],
  ['00', true],
  [' 0 ', true],
  ['-1', true],
  ['1', false],
  ['10', false],
  ['0.5', false],
  ['', false],
  ['none', false],
] as const)('X-RateLimit-Remaining: %j means that nothing more is allowed: %j', ([value, spent]) => {
  expect(isQuotaExhausted(createResponse({ 'x-ratelimit-remaining': value }))).toBe(spent);
});

test('X-RateLimit-Remaining is optional', () => {
  expect(isQuotaExhausted(createResponse({}))).toBe(false);
});
