import { expect, test } from 'vitest';
import { hostileValues, replaceEachValue } from '../support/hostile.ts';
import { receiver } from './receiver.ts';
import { start } from './start.ts';

const to = '+393901230005';
const webhooks = '/partner-gateway/v1/webhooks/delivery-status';

const calls = [
  ['/message-server/sms/send', { phoneNumber: to, message: 'Hi', senderName: 'Me', customerMessageId: 'a' }],
  [
    '/message-server/rcs/send',
    { phoneNumber: to, templateId: 'template_456', variables: { name: 'a', code: 'b' } },
  ],
  [
    '/message-server/sms/send',
    {
      destination: to,
      sender: 'Me',
      body: 'Hi {name}',
      messageId: 'a',
      campaignId: 'c',
      udhData: '00',
      placeholders: { name: 'x' },
      scheduledDate: '2025-04-08 13:00:00.000+0000',
      skipRcsOverride: true,
    },
  ],
  [
    '/message-server/rcs/send',
    {
      destination: to,
      agentId: 1,
      maxSmsParts: 1,
      body: {
        type: 'CAROUSEL',
        body: {
          cards: [{ title: 'a', media: {} }, { description: 'b' }],
          fallbackSms: { sender: 'Me', text: 'Hi' },
        },
      },
    },
  ],
  ['/message-server/rcs/send', { destination: to, agentId: 1, templateId: 12, placeholders: { name: 'x' } }],
  [
    '/message-server/whatsapp/send',
    {
      destination: to,
      phoneNumberId: 5,
      template: { name: 'welcome', language: 'en', parameters: ['x'] },
      fallbackRcs: { agentId: 1, body: { type: 'CARD', body: { card: { title: 'x' } } } },
      fallbackSms: { sender: 'Me', text: 'Hi' },
    },
  ],
  [
    '/message-server/whatsapp/send',
    { destination: to, phoneNumberId: 'x', body: { type: 'TEXT', body: { text: 'Hi' } } },
  ],
  ['/sandbox/inbound', { from: to, message: 'Hi', channel: 'sms', destination: '+393909999999' }],
  [
    '/partner-gateway/v1/inbox/conversations/reply',
    { chatId: 'sms-393901230005', text: 'Hi', templateId: 'template_123', variables: { name: 'x' } },
  ],
  [
    '/partner-gateway/v1/inbox/conversations/reply',
    { chatId: 'sms-393901230005', message: { text: 'Hi' }, templateId: 'template_123' },
  ],
  [
    '/message-server/rcs/templates',
    {
      name: 'n',
      description: 'd',
      type: 'CARD',
      body: { card: { title: 't', suggestions: [{ type: 'url', text: 'a', url: { url: 'https://a.b' } }] } },
    },
  ],
  [
    '/message-server/whatsapp/templates',
    {
      name: 'n',
      lang: 'it',
      category: 'UTILITY',
      body: 'b',
      buttons: [{ type: 'URL', text: 'a', url: 'https://a.b' }],
    },
  ],
] as const;

test('survives any request with unexpected values, then and later', { timeout: 60_000 }, async () => {
  const { url } = await receiver();
  const { post, get, call, clock } = await start({ sendsWebhooks: true });
  await post('/webhooks/delivery-status', { url });
  await post('/sandbox/inbound', { from: to, message: 'Hi', channel: 'sms' });
  for (const [path, body] of calls)
    for (const [name, json] of hostileValues) {
      // A megabyte of text is stored unchanged and takes time whenever it is listed.
      if (json.length > 900_000) continue;
      const texts = replaceEachValue(body, json);
      const answers = await Promise.all(texts.map((text) => call('POST', path, { body: text })));
      expect([path, name, answers.filter(({ status }) => status >= 500)]).toEqual([path, name, []]);
    }
  clock.now += 60_000;
  for (const path of [
    '/partner-gateway/v1/inbox/conversations',
    '/partner-gateway/v1/inbox/conversations/sms-393901230005/messages',
    '/message-server/rcs/templates',
    '/message-server/whatsapp/templates',
    webhooks,
    '/sandbox/messages',
    '/services/sms/credit',
    '/v1/partner-gateway/subscription/credit',
    '/partner-gateway/v1/messages/history?channel=SMS&from=2025-04-08T00:00:00Z&to=2026-04-08T00:00:00Z',
  ])
    expect([path, (await get(path)).status]).toEqual([path, 200]);
});

test('requires a value for a placeholder named like an object property', async () => {
  const { post, clock } = await start();
  const template = { name: 'n', description: 'd', type: 'TEXT', body: { text: 'Hi {constructor}' } };
  const { body } = await post<{ id: number }>('/message-server/rcs/templates', template);
  clock.now += 60_000;
  const { id } = body;
  const send = (variables: object) =>
    post('/message-server/rcs/send', { phoneNumber: to, templateId: String(id), variables });
  expect([(await send({})).status, (await send({ constructor: 'you' })).status]).toEqual([400, 200]);
});
