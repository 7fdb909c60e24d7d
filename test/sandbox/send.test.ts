import { describe, expect, test } from 'vitest';
import { start } from './start.ts';

const to = '+393901234567';

describe('a refusal with 400 names the invalid field', () => {
  test.each([
    ['sms', { message: 'x' }, 'phoneNumber is missing'],
    ['sms', { phoneNumber: 39390, message: 'x' }, 'phoneNumber must be a string'],
    ['sms', { phoneNumber: '393901234567', message: 'x' }, 'phoneNumber is not in international format'],
    ['sms', { phoneNumber: '+3939012', message: 'x' }, 'phoneNumber is not'],
    ['sms', { phoneNumber: '+1234567890123456', message: 'x' }, 'phoneNumber is not'],
    ['sms', { phoneNumber: '+39390 123456', message: 'x' }, 'phoneNumber is not'],
    ['sms', { phoneNumber: to }, 'message is missing'],
    ['sms', { phoneNumber: to, message: null }, 'message is missing'],
    ['sms', { phoneNumber: to, message: ' \n' }, 'message is empty'],
    ['sms', { phoneNumber: to, message: ['x'] }, 'message must be a string'],
    ['sms', { phoneNumber: to, message: 'x', senderName: 'TwelveLetter' }, 'senderName'],
    ['sms', { phoneNumber: to, message: 'x', senderName: 'My Brand' }, 'senderName'],
    ['sms', { phoneNumber: to, message: 'x', senderName: '12345678901234567' }, 'senderName'],
    ['sms', { phoneNumber: to, message: 'x', simulation: 'yes' }, 'simulation must be true or false'],
    ['sms', { phoneNumber: to, message: 'x', customerMessageId: 7 }, 'customerMessageId must be a string'],
    ['sms', { phoneNumber: to, message: 'x', customerMessageId: '' }, 'customerMessageId is empty'],
    ['sms', { phoneNumber: to, message: 'x', fallback: true }, 'fallback is not supported on SMS'],
    ['sms', { destination: to, body: 'x' }, 'sender: must not be null'],
    ['sms', { phoneNumber: '+393901230006', message: 'x' }, 'not a valid destination'],
    ['rcs', { phoneNumber: to, message: 'x' }, 'templateId is missing'],
    ['rcs', { phoneNumber: to, templateId: 'template_9' }, 'templateId template_9 is unknown on RCS'],
    ['rcs', { phoneNumber: to, templateId: 'template_order' }, 'template_order is unknown on RCS'],
    ['rcs', { phoneNumber: to, templateId: 'template_pending', variables: { name: 'A' } }, 'is PENDING'],
    ['rcs', { phoneNumber: to, templateId: 'template_rejected' }, 'is REJECTED'],
    ['rcs', { phoneNumber: to, templateId: 'template_card', variables: { name: 'A' } }, 'variables.discount'],
    ['rcs', { phoneNumber: to, templateId: 'template_carousel', variables: [] }, 'must be an object'],
    [
      'rcs',
      { phoneNumber: to, templateId: 'template_123', variables: { name: 1 } },
      'variables.name must be',
    ],
    ['whatsapp', { phoneNumber: to }, 'message or templateId is missing'],
    ['whatsapp', { phoneNumber: to, templateId: 'template_card' }, 'is unknown on WhatsApp'],
    ['whatsapp', { phoneNumber: to, templateId: 'template_456', variables: { name: 'A' } }, 'variables.code'],
    ['whatsapp', { phoneNumber: to, templateId: 'template_order', variables: { 1: 'A' } }, 'variables.2'],
    ['whatsapp', { phoneNumber: to, templateId: 'template_123', variables: { nome: 'A' } }, 'variables.nome'],
    ['whatsapp', { phoneNumber: to, message: 'x', fallback: 'true' }, 'fallback must be true or false'],
  ])('%s %j', async (channel, body, message) => {
    const { post, get } = await start();
    expect(await post(`/message-server/${channel}/send`, body)).toMatchObject({
      status: 400,
      body: { status: 400, error: 'Bad Request', message: expect.stringContaining(message) },
    });
    expect((await get('/sandbox/messages')).body).toEqual([]);
  });
});

describe('accepted messages', () => {
  test.each([
    ['sms', { message: '€ {x} 😀', senderName: '1234567890123456' }],
    ['sms', { message: 'x', senderName: '+39390123456', surplus: true, simulation: false }],
    ['rcs', { templateId: 'template_123' }],
    ['rcs', { templateId: 'template_card', variables: { name: 'A', discount: '10%' }, message: 'x' }],
    ['rcs', { templateId: 'template_carousel', fallback: true, message: 'x' }],
    ['whatsapp', { message: 'x' }],
    ['whatsapp', { templateId: 'template_order', variables: { 1: 'A', 2: 'B' } }],
  ])('%s %j', async (channel, body) => {
    const { post } = await start();
    expect(await post(`/message-server/${channel}/send`, { phoneNumber: to, ...body })).toMatchObject({
      status: 200,
      body: { simulation: false, results: [{ phoneNumber: to, accepted: true, channel, statusCode: 200 }] },
    });
  });
});

test('uses the client id, or creates one', async () => {
  const { sms } = await start();
  expect((await sms('4567', { customerMessageId: 'order-1' })).body.customerMessageId).toBe('order-1');
  const { messageId, customerMessageId } = (await sms('4567')).body;
  expect(messageId).toMatch(/^msg_\w+$/);
  expect(customerMessageId).toBe(messageId);
});

test('accepts a message sent twice and lists it twice, in order', async () => {
  const { sms, whatsapp, get, clock } = await start();
  const first = await sms('4567', { customerMessageId: 'a' });
  clock.now += 1500;
  await whatsapp('4567', { customerMessageId: 'b' });
  await sms('4567', { customerMessageId: 'a' });
  const { list } = await get('/sandbox/messages');
  expect(list.map((message) => message.customerMessageId)).toEqual(['a', 'b', 'a']);
  expect(list[0]).toEqual({
    id: first.body.messageId,
    customerMessageId: 'a',
    phoneNumber: '+393901234567',
    channel: 'sms',
    simulation: false,
    acceptedAt: '2025-04-08T12:00:00.000Z',
    body: { phoneNumber: '+393901234567', message: 'Ciao', customerMessageId: 'a' },
  });
  expect((await get('/messages/status/a')).body.messageId).toBe(first.body.messageId);
});

test('charges the price of the channel, except for simulated and refused messages', async () => {
  const { sms, whatsapp, post, get } = await start();
  const credit = async () => (await get('/services/sms/credit')).body;
  expect(await credit()).toEqual({ credit: 100_000 });
  await sms('4567');
  await sms('4567', { simulation: true });
  await sms('0006');
  await sms('0007');
  expect(await credit()).toEqual({ credit: 99_999.96 });
  await whatsapp('4567', { fallback: true });
  await post('/message-server/rcs/send', { phoneNumber: to, templateId: 'template_123' });
  expect(await credit()).toEqual({ credit: 99_999.82 });
});
