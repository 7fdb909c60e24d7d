import { array, assert, integer, property } from 'fast-check';
import { expect, test } from 'vitest';
import { createRateLimiter } from '../../src/sandbox/limits.ts';
import { noon, start } from './start.ts';

test('refuses the 51st request in a second and says when to retry', async () => {
  const { get, call, clock } = await start({ rateLimit: true });
  const credit = () => get('/services/sms/credit');
  for (let i = 1; i <= 50; i++) {
    const { status, headers } = await credit();
    expect([status, headers.get('X-RateLimit-Remaining')]).toEqual([200, String(50 - i)]);
  }
  const refused = await credit();
  expect(refused.status).toBe(429);
  expect(refused.body).toEqual({
    status: 429,
    error: 'Too Many Requests',
    message: 'Rate limit exceeded. Please retry after 1 seconds.',
    retryAfter: 1,
  });
  expect(refused.headers.get('Retry-After')).toBe('1');
  expect(refused.headers.get('X-RateLimit-Limit')).toBe('50');
  expect(refused.headers.get('X-RateLimit-Reset')).toBe(String(noon / 1000 + 1));
  const other = { headers: { 'X-Api-Key': 'other' } };
  expect((await call('GET', '/services/sms/credit', other)).status).toBe(200);
  expect((await get('/sandbox/messages')).status).toBe(200);
  clock.now += 1000;
  expect((await credit()).status).toBe(200);
});

test('never refuses without the limit, and still reports the remaining requests', async () => {
  const { get } = await start();
  for (let i = 0; i < 60; i++) expect((await get('/services/sms/credit')).status).toBe(200);
  expect((await get('/nowhere')).headers.get('X-RateLimit-Remaining')).toBe('1000');
});

test('allows at most 1,000 requests per minute', () => {
  const count = createRateLimiter();
  let now = 0;
  for (let i = 0; i < 1000; i++, now += 20) expect(count('k', now).retryAfter).toBeNull();
  expect(count('k', now)).toEqual({ limit: 1000, remaining: 0, resetAt: 60_000, retryAfter: 40 });
  expect(count('k', 59_999).retryAfter).toBe(1);
  expect(count('k', 60_000).retryAfter).toBeNull();
});

test('accepts a client that waits as told, and at most 50 requests in any second', () => {
  assert(
    property(array(integer({ min: 0, max: 60 }), { maxLength: 1500 }), (pauses) => {
      const count = createRateLimiter();
      const passed: number[] = [];
      let now = 1000;
      for (const pause of pauses) {
        now += pause;
        const { retryAfter } = count('k', now);
        if (retryAfter !== null) {
          now += retryAfter * 1000;
          expect(count('k', now).retryAfter).toBeNull();
        }
        passed.push(now);
      }
      for (const [i, at] of passed.entries())
        expect(at - (passed[i - 50] ?? -1e9)).toBeGreaterThanOrEqual(1000);
    }),
  );
});
