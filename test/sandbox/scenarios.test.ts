import { describe, expect, test } from 'vitest';
import { start } from './start.ts';

const day = 24 * 60 * 60 * 1000;

test('responds to 0007 without accepting it', async () => {
  const { sms, get } = await start();
  const { status, body } = await sms('0007', { customerMessageId: 'a' });
  expect(status).toBe(200);
  expect(body.results).toEqual([
    { phoneNumber: '+393901230007', accepted: false, channel: 'sms', statusCode: 403, reason: 'opted out' },
  ]);
  expect((await get('/sandbox/messages')).body).toEqual([]);
  expect((await get('/messages/status/a')).status).toBe(404);
});

describe.each([
  ['0008', 429, { error: 'Too Many Requests', retryAfter: 1 }],
  ['0009', 500, { error: 'Internal Server Error' }],
])('%s refuses the first attempt', (end, status, body) => {
  test('per id on any channel, then accepts it', async () => {
    const { sms, get } = await start();
    for (const customerMessageId of ['a', 'b'])
      expect(await sms(end, { customerMessageId })).toMatchObject({ status, body: { status, ...body } });
    expect((await get('/sandbox/messages')).body).toEqual([]);
    for (const customerMessageId of ['b', 'a'])
      expect((await sms(end, { customerMessageId })).status).toBe(200);
  });

  test('per recipient without an id, and starts over after accepting it', async () => {
    const { sms } = await start();
    const answers = [];
    for (let i = 0; i < 4; i++) answers.push((await sms(end)).status);
    expect(answers).toEqual([status, 200, status, 200]);
  });
});

test('includes the retry delay of 0008 in the header', async () => {
  const { sms } = await start();
  expect((await sms('0008')).headers.get('Retry-After')).toBe('1');
});

test('accepts 0010 every time and never responds', async () => {
  const { sms, get } = await start();
  for (let i = 0; i < 2; i++) await expect(sms('0010', { customerMessageId: 'a' })).rejects.toThrow();
  expect((await get('/sandbox/messages')).body).toHaveLength(2);
  expect((await get('/messages/status/a')).status).toBe(200);
});

test('accepts 0011 before it responds, and closes without waiting', async () => {
  const { sms, get, close } = await start();
  const startedAt = performance.now();
  const answer = expect(sms('0011', { customerMessageId: 'a' })).rejects.toThrow();
  await expect.poll(async () => (await get('/messages/status/a')).status).toBe(200);
  await close();
  await answer;
  expect(performance.now() - startedAt).toBeLessThan(5000);
});

test('accepts free-form WhatsApp to 0024 only within 24 hours of an inbound message', async () => {
  const { whatsapp, sms, post, clock } = await start();
  const refused = { status: 400, body: { message: expect.stringContaining('24-hour window') } };
  const receiveInbound = (more: object) =>
    post('/sandbox/inbound', { from: '+393901230024', message: 'Ehi', ...more });
  expect(await whatsapp('0024')).toMatchObject(refused);
  expect((await whatsapp('0024', { templateId: 'template_123' })).status).toBe(200);
  expect((await sms('0024')).status).toBe(200);
  await receiveInbound({ channel: 'sms' });
  expect(await whatsapp('0024')).toMatchObject(refused);
  expect(await receiveInbound({})).toMatchObject({
    status: 200,
    body: { from: '+393901230024', channel: 'whatsapp', message: 'Ehi' },
  });
  clock.now += day - 1;
  expect((await whatsapp('0024')).status).toBe(200);
  clock.now += 1;
  expect(await whatsapp('0024')).toMatchObject(refused);
});

test.each([
  [{ message: 'x' }, 'from is missing'],
  [{ from: '39', message: 'x' }, 'from is not'],
  [{ from: '+393901230024' }, 'message is missing'],
  [{ from: '+393901230024', message: 'x', channel: 'fax' }, 'channel must be'],
])('refuses the inbound message %j', async (body, message) => {
  const { post } = await start();
  expect(await post('/sandbox/inbound', body)).toMatchObject({
    status: 400,
    body: { message: expect.stringContaining(message) },
  });
});
