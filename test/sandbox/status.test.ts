import { describe, expect, test } from 'vitest';
import { start } from './start.ts';

describe('the status of a fallback chain follows the clock', () => {
  const ahead: [number, string, string, string[]][] = [
    [0, 'whatsapp SENT', 'handed to the carrier', ['whatsapp SENT']],
    [1000, 'whatsapp RECEIVED', 'taken by the carrier', ['whatsapp RECEIVED']],
    [2000, 'whatsapp ERROR', 'not on WhatsApp', ['whatsapp ERROR']],
    [2500, 'rcs SENT', 'handed to the carrier', ['whatsapp ERROR', 'rcs SENT']],
    [4500, 'rcs ERROR', 'RCS needs a template', ['whatsapp ERROR', 'rcs ERROR']],
    [7000, 'sms DELIVERED', 'on the device', ['whatsapp ERROR', 'rcs ERROR', 'sms DELIVERED']],
  ];
  test.each(ahead)('after %i ms: %s', async (elapsedMs, current, reason, attempts) => {
    const { whatsapp, get, clock } = await start();
    await whatsapp('0001', { customerMessageId: 'a', fallback: true });
    clock.now += elapsedMs;
    const { body } = await get('/messages/status/a');
    expect(`${body.channel} ${body.deliveryStatus}`).toBe(current);
    expect(body.deliveryStatusDescription).toBe(reason);
    expect(body.timestamp).toBe(new Date(clock.now).toISOString());
    expect(body.attempts.map((attempt) => `${attempt.channel} ${attempt.deliveryStatus}`)).toEqual(attempts);
  });
});

test.each([
  ['0003', 'ERROR', 'handset unreachable'],
  ['0004', 'EXPIRED', 'validity period over'],
  ['0012', 'RECEIVED', 'taken by the carrier'],
  ['4567', 'DELIVERED', 'on the device'],
])('an SMS to %s ends as %s', async (end, deliveryStatus, deliveryStatusDescription) => {
  const { sms, get, clock } = await start();
  await sms(end, { customerMessageId: 'a' });
  clock.now += 59_999;
  expect((await get('/messages/status/a')).body).toMatchObject({ deliveryStatus, deliveryStatusDescription });
});

test('keeps a simulated message UNKNOWN', async () => {
  const { sms, get, clock } = await start();
  expect((await sms('4567', { customerMessageId: 'a', simulation: true })).body.simulation).toBe(true);
  clock.now += 1e6;
  expect((await get('/messages/status/a')).body).toMatchObject({
    deliveryStatus: 'UNKNOWN',
    deliveryStatusDescription: 'simulated, not sent',
    attempts: [],
  });
});

describe('status requests', () => {
  const startWithMessage = async () => {
    const sandbox = await start();
    const { messageId } = (await sandbox.sms('4567', { customerMessageId: 'a' })).body;
    await sandbox.whatsapp('4567', { customerMessageId: 'b/%,é', fallback: true });
    return { ...sandbox, messageId };
  };

  test.each(['', '/partner-gateway/v1'])('accept either id at %s/messages/status', async (prefix) => {
    const { get, messageId } = await startWithMessage();
    for (const id of ['a', messageId, encodeURIComponent('b/%,é')])
      expect((await get(`${prefix}/messages/status/${id}`)).status).toBe(200);
    expect(await get(`${prefix}/messages/status/c`)).toMatchObject({
      status: 404,
      body: { status: 404, error: 'Not Found' },
    });
  });

  test.each([
    ['customerMessageIds=a,c', ['a']],
    ['ids=c,a,a', ['a']],
    ['ids=a&channel=SMS', ['a']],
    ['ids=a&channel=RCS', []],
    ['ids=c', []],
    ['customerMessageIds=', []],
    ['ids=%zz%,%C3', []],
  ])('list several messages: %s', async (query, found) => {
    const { get } = await startWithMessage();
    const { status, list } = await get(`/messages/status?${query}`);
    expect(status).toBe(200);
    expect(list.map((message) => message.customerMessageId)).toEqual(found);
  });

  test.each([
    ['/messages/status/a?channel=sms', 200],
    ['/messages/status/a?channel=WHATSAPP', 404],
    ['/messages/status/a?channel=fax', 400],
    ['/messages/status', 400],
    ['/messages/status/', 404],
    ['/messages/status/%zz', 400],
    ['/messages/status/a%00', 404],
  ])('%s -> %i', async (path, status) => {
    const { get } = await startWithMessage();
    expect((await get(path)).status).toBe(status);
  });
});
