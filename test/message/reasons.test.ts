import { expect, test } from 'vitest';
import { ReasonStats } from '../../src/message/stats.ts';

test('the most frequent comes first, each channel by itself', () => {
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
])('%s is the same as %s', (one, other) => {
  const reasons = new ReasonStats();
  reasons.add(one, 'sms');
  reasons.add(other, 'sms');
  expect(reasons.list()).toHaveLength(1);
});

test('codes and short numbers tell reasons apart', () => {
  const reasons = new ReasonStats();
  for (const reason of ['error 404', 'error 405', 'smpp 0x0000000b']) reasons.add(reason, 'sms');
  expect(reasons.list()).toHaveLength(3);
});

test('a gateway that gives each its own reason does not fill the memory', () => {
  const reasons = new ReasonStats();
  for (let i = 0; i < 5_000; i++) reasons.add(`failed at ${i}`, 'sms');
  const [first, ...others] = reasons.list();
  expect(first).toEqual({ reason: 'other reasons', channel: 'sms', count: 4_000 });
  expect(others).toHaveLength(1_000);
});
