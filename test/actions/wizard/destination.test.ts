import { expect, test } from 'vitest';
import { formatAgo, recentDestinations } from '../../../src/actions/wizard/destination.ts';
import type { Phone } from '../../../src/message/phone.ts';
import { openTestLedger } from '../../support/ledgers.ts';
import { chainMessage, plan } from '../../support/messages.ts';

const minute = 60_000;
const day = 24 * 60 * minute;

test.each([
  [-minute, 'just now'],
  [0, 'just now'],
  [59_999, 'just now'],
  [minute, '1 min ago'],
  [59 * minute, '59 min ago'],
  [60 * minute, '1 h ago'],
  [day - 1, '23 h ago'],
  [day, 'a day ago'],
  [2 * day, '2 days ago'],
  [30 * day, '30 days ago'],
  [31 * day, '2024-12-01'],
])('formats %i ms as %s', (ageMs, expected) => {
  const now = Date.UTC(2025, 0, 1, 12);
  expect(formatAgo(now - ageMs, now)).toBe(expected);
});

test('lists recent recipients once, newest first, with their latest channel', async () => {
  const ledger = await openTestLedger();
  const [a, b, c] = ['+393901230001', '+393901230002', '+393901230003'] as Phone[] as [Phone, Phone, Phone];
  for (const [index, to] of [a, b, a, c].entries())
    await ledger.queue([plan(`m${index}`, { to, message: chainMessage })], 1_000 + index);
  const receipt = { channel: 'sms', status: 'delivered', reason: null, at: 2_000 } as const;
  await ledger.append([{ id: 'm2', event: { kind: 'receipt', ...receipt } }]);
  expect(await recentDestinations(ledger, 5)).toEqual([
    { to: c, channel: 'whatsapp', at: 1_003 },
    { to: a, channel: 'sms', at: 1_002 },
    { to: b, channel: 'whatsapp', at: 1_001 },
  ]);
  expect((await recentDestinations(ledger, 2)).map(({ to }) => to)).toEqual([c, a]);
});
