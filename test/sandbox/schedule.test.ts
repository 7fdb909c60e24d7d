import { describe, expect, test } from 'vitest';
import { receiver } from './receiver.ts';
import { freshState, noon, start } from './start.ts';

const to = '+393901234567';
const sms = { destination: to, sender: 'Acme', body: 'Hello', messageId: 'a' };
const hour = 3_600_000;
const atOne = '2025-04-08 13:00:00.000+0000';
const send = '/message-server/sms/send';

describe('scheduledDate', () => {
  test.each([
    [atOne, 200],
    ['2025-04-08 15:00:00.000+0200', 200],
    ['2025-04-08 12:00:00.000+0000', 200],
    ['2025-04-08 14:00:00.000+0230', 400],
    ['2025-04-08 11:59:59.999+0000', 400],
    ['2025-04-08T13:00:00.000+0000', 400],
    ['2025-04-08 13:00:00+0000', 400],
    ['2025-04-08 13:00:00.000Z', 400],
    ['2025-04-08 13:00:00.000+00:00', 400],
    ['2025-04-08 13:00:00.000', 400],
    ['2025-04-31 13:00:00.000+0000', 400],
    ['2025-04-08 25:00:00.000+0000', 400],
    ['2025-04-08', 400],
    ['tomorrow', 400],
    [noon + hour, 400],
    [null, 200],
  ])('%s -> %i', async (scheduledDate, status) => {
    const { post } = await start();
    const answer = await post<{ message?: string }>(send, { ...sms, scheduledDate });
    expect(answer.status).toBe(status);
    if (status === 400) expect(answer.body.message).toMatch(/^scheduledDate/);
  });

  test.each([
    ['sms', sms],
    ['rcs', { destination: to, agentId: 1, templateId: 12, messageId: 'a' }],
    ['whatsapp', { destination: to, phoneNumberId: 5, template: { id: 42 }, messageId: 'a' }],
  ])('sends by %s at that time', async (channel, body) => {
    const { post, get, clock } = await start();
    await post(`/message-server/${channel}/send`, { ...body, scheduledDate: atOne });
    const unknown = { deliveryStatus: 'UNKNOWN', deliveryStatusDescription: 'scheduled', attempts: [] };
    expect((await get('/messages/status/a')).body).toMatchObject({ channel, ...unknown });
    clock.now += hour - 1;
    expect((await get('/messages/status/a')).body).toMatchObject(unknown);
    clock.now += 1;
    expect((await get('/messages/status/a')).body).toMatchObject({ deliveryStatus: 'SENT' });
    clock.now += 2000;
    expect((await get('/messages/status/a')).body).toMatchObject({ deliveryStatus: 'DELIVERED' });
    expect((await get('/sandbox/messages')).list).toMatchObject([
      { scheduledAt: '2025-04-08T13:00:00.000Z' },
    ]);
  });
});

test('a platform account lists a scheduled message on its first channel', async () => {
  const { post, get } = await start({ strict: 'platform' });
  const chain = {
    destination: to,
    phoneNumberId: 5,
    template: { id: 42 },
    fallbackSms: { sender: 'Acme', text: 'x' },
    messageId: 'a',
    scheduledDate: atOne,
  };
  await post('/message-server/whatsapp/send', chain);
  const path = '/partner-gateway/v1/messages/status/a?channel=';
  expect((await get(`${path}WHATSAPP`)).body).toEqual({
    customerMessageId: 'a',
    deliveryStatus: 'UNKNOWN',
    deliveryStatusDescription: 'scheduled',
  });
  expect((await get(`${path}SMS`)).status).toBe(404);
});

test('a webhook is called at that time, also one that was registered in between', async () => {
  const hook = await receiver();
  const state = freshState();
  const first = await start({ state });
  await first.post(send, { ...sms, scheduledDate: atOne });
  await first.close();
  const { post, clock } = await start({ state, sendsWebhooks: true });
  clock.now += hour / 2;
  // The timeline of this one is over when the webhook is registered.
  await post(send, { ...sms, messageId: 'early' });
  clock.now += hour / 4;
  await post('/partner-gateway/v1/webhooks/delivery-status', { callbackUrl: hook.url });
  await post(send, { ...sms, messageId: 'now' });
  clock.now += 2000;
  await hook.count(1);
  expect(hook.events().map(({ messageId }) => messageId)).toEqual(['now']);
  clock.now = noon + hour;
  await post(send, { ...sms, messageId: 'later' });
  clock.now += 2000;
  await hook.count(3);
  expect(new Set(hook.events().map(({ messageId }) => messageId))).toEqual(new Set(['now', 'a', 'later']));
});
