import { describe, expect, test } from 'vitest';
import { start } from './start.ts';

const path = '/partner-gateway/v1/messages/history';
const to = '+393901234567';
const range = 'from=2025-04-08T00:00:00Z&to=2025-04-08T23:59:59Z';
const sms = { destination: to, sender: 'Acme', body: 'Hello' };

/** Starts a sandbox with five SMS a minute apart, the second undelivered, and a chain that ends by SMS. */
async function startSent(strict?: 'platform') {
  const sandbox = await start({ strict });
  const { post, clock, get } = sandbox;
  for (const [index, end] of ['4567', '0003', '4567', '4567', '4567'].entries()) {
    const destination = `+39390123${end}`;
    await post('/message-server/sms/send', { ...sms, destination, messageId: `m${index}` });
    clock.now += 60_000;
  }
  await post('/message-server/whatsapp/send', {
    destination: '+393901230001',
    phoneNumberId: 5,
    template: { id: 42 },
    messageId: 'chain',
    fallbackSms: { sender: 'Acme', text: 'x'.repeat(161) },
  });
  await post('/message-server/sms/send', { ...sms, messageId: 'simulated', simulation: true });
  clock.now += 60_000;
  const scheduledDate = '2025-04-08 20:00:00.000+0000';
  await post('/message-server/sms/send', { ...sms, messageId: 'later', scheduledDate });
  const ids = async (query: string) =>
    (await get(`${path}?${query}`)).list.map((one) => one.customerMessageId);
  return { ...sandbox, ids };
}

describe('lists', () => {
  const all = ['m0', 'm1', 'm2', 'm3', 'm4', 'chain', 'later'];
  test.each([
    [`channel=SMS&${range}`, all],
    [`channel=sms&${range}`, all],
    [`channel=WHATSAPP&${range}`, ['chain']],
    [`channel=RCS&${range}`, []],
    [`channel=SMS&${range}&status=ERROR`, ['m1']],
    [`channel=WHATSAPP&${range}&status=ERROR`, ['chain']],
    [`channel=SMS&${range}&status=UNKNOWN`, ['later']],
    [`channel=SMS&${range}&status=delivered&limit=2`, ['m0', 'm2']],
    [`channel=SMS&${range}&status=delivered&limit=2&page=1`, ['m3', 'm4']],
    [`channel=SMS&${range}&limit=3`, ['m0', 'm1', 'm2']],
    [`channel=SMS&${range}&limit=3&page=2`, ['later']],
    [`channel=SMS&${range}&limit=3&page=3`, []],
    ['channel=SMS&from=2025-04-08T12:01:00Z&to=2025-04-08T12:02:00Z', ['m1', 'm2']],
    ['channel=SMS&from=2025-04-08T14:01:00%2B02:00&to=2025-04-08T14:01:00.000%2B0200', ['m1']],
    ['channel=SMS&from=2025-04-08T12:05:01Z&to=2025-04-08T13:00:00Z', ['chain']],
    ['channel=SMS&from=2025-04-08T13:00:00Z&to=2025-04-08T12:00:00Z', []],
  ])('%s', async (query, expected) => {
    expect(await (await startSent()).ids(query)).toEqual(expected);
    expect(await (await startSent('platform')).ids(query)).toEqual(expected);
  });

  test('20 messages by default', async () => {
    const { post, get } = await start();
    for (let n = 0; n < 25; n++) await post('/message-server/sms/send', sms);
    expect((await get(`${path}?channel=SMS&${range}`)).list).toHaveLength(20);
    expect((await get(`${path}?channel=SMS&${range}&page=1`)).list).toHaveLength(5);
  });

  test('what is known of a message', async () => {
    const { post, get, clock } = await start();
    await post('/message-server/sms/send', { ...sms, body: 'Hi {name}', placeholders: { name: 'Ada' } });
    await post('/message-server/sms/send', { phoneNumber: to, message: 'x'.repeat(161), senderName: 'B' });
    clock.now += 2000;
    const entry = {
      customerMessageId: expect.any(String),
      deliveryStatus: 'DELIVERED',
      deliveryStatusDescription: 'on the device',
      messageId: expect.any(String),
      destination: to,
      sendDate: '2025-04-08T12:00:00.000Z',
      deliveryDate: '2025-04-08T12:00:02.000Z',
    };
    expect((await get(`${path}?channel=SMS&${range}`)).body).toEqual([
      { ...entry, sender: 'Acme', body: 'Hi Ada', parts: 1, price: 0.04 },
      { ...entry, sender: 'B', body: 'x'.repeat(161), parts: 2, price: 0.08 },
    ]);
  });
});

test.each([
  range,
  'channel=SMS&from=2025-04-08T00:00:00Z',
  'channel=SMS&to=2025-04-08T00:00:00Z',
  `channel=FAX&${range}`,
  'channel=SMS&from=2025-04-08&to=2025-04-09',
  'channel=SMS&from=2025-04-08T00:00:00&to=2025-04-08T23:59:59Z',
  // An unescaped plus sign in a query is a blank.
  'channel=SMS&from=2025-04-08T00:00:00+02:00&to=2025-04-08T23:59:59Z',
  'channel=SMS&from=2025-02-31T00:00:00Z&to=2025-04-08T23:59:59Z',
  'channel=SMS&from=soon&to=later',
  `channel=SMS&${range}&status=GONE`,
  `channel=SMS&${range}&limit=0`,
  `channel=SMS&${range}&page=-1`,
])('refuses %s', async (query) => {
  expect((await (await start()).get(`${path}?${query}`)).status).toBe(400);
});
