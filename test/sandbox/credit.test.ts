import { describe, expect, test } from 'vitest';
import { freshState, start } from './start.ts';

const to = '+393901234567';
const partner = { phoneNumber: to, message: 'Hello' };
const platform = { destination: to, sender: 'Acme', body: 'Hello' };
const long = 'x'.repeat(307);

type Sandbox = Awaited<ReturnType<typeof start>>;

const getBalance = async ({ get }: Sandbox) =>
  (
    await get<{ credit: number; frozenCredit: number; availableCredit: number }>(
      '/v1/partner-gateway/subscription/credit',
    )
  ).body;

const rcs = { destination: to, agentId: 1, templateId: 12 };
const whatsapp = { destination: to, phoneNumberId: 5, template: { id: 42 } };
const fallbackSms = { sender: 'Acme', text: long };

describe('an accepted message costs', () => {
  test.each([
    ['sms', partner, 4],
    ['sms', platform, 4],
    ['sms', { ...partner, message: long }, 12],
    ['sms', { ...platform, body: long }, 12],
    ['sms', { ...platform, body: 'ж'.repeat(71) }, 8],
    ['sms', { ...platform, body: '{x}', placeholders: { x: long } }, 12],
    ['sms', { ...partner, message: long, simulation: true }, 0],
    ['sms', { ...platform, body: long, simulation: true }, 0],
    ['sms', { ...platform, destination: '+393901230007' }, 0],
    ['sms', { ...platform, destination: '+393901230013' }, 0],
    ['sms', { ...platform, destination: '+393901230003' }, 4],
    ['rcs', { phoneNumber: to, templateId: 'template_123' }, 6],
    ['rcs', rcs, 6],
    ['whatsapp', { phoneNumber: to, message: long }, 8],
    ['whatsapp', { phoneNumber: to, message: long, fallback: true }, 8],
    ['whatsapp', whatsapp, 8],
    ['whatsapp', { ...whatsapp, fallbackSms }, 8],
  ])('%s %j: %i cents', async (channel, body, cents) => {
    const sandbox = await start();
    await sandbox.post(`/message-server/${channel}/send`, body);
    const credit = 100_000 - cents / 100;
    expect(await getBalance(sandbox)).toEqual({ credit, frozenCredit: 0, availableCredit: credit });
    expect((await sandbox.get('/services/sms/credit')).body).toEqual({ credit });
  });
});

test('a reply costs its price too', async () => {
  const sandbox = await start({ credit: 0.11 });
  await sandbox.post('/sandbox/inbound', { from: to, message: 'Hi' });
  const reply = { conversationId: 'whatsapp-393901234567', text: 'Hi' };
  const path = '/partner-gateway/v1/inbox/conversations/reply';
  expect((await sandbox.post(path, reply)).status).toBe(202);
  expect((await sandbox.post(path, reply)).status).toBe(402);
  expect(await getBalance(sandbox)).toMatchObject({ credit: 0.03 });
});

describe('a message that the balance does not cover', () => {
  test('is not accepted, unlike a cheaper or simulated one', async () => {
    const sandbox = await start({ credit: 0.11 });
    const send = (body: object) => sandbox.post('/message-server/sms/send', body);
    expect((await send({ ...partner, message: long })).body.results).toEqual([
      { phoneNumber: to, accepted: false, channel: 'sms', statusCode: 402, reason: 'insufficient credit' },
    ]);
    expect((await send({ ...platform, body: long })).body.results).toEqual({
      sms: { accepted: false, unicode: false, parts: 0, reasons: ['insufficient credit'] },
    });
    expect((await send({ ...platform, body: long, simulation: true })).body.results).toMatchObject({
      sms: { accepted: true },
    });
    expect((await sandbox.get('/sandbox/messages')).list).toHaveLength(1);
    for (let n = 0; n < 2; n++) await send(partner);
    expect(await getBalance(sandbox)).toMatchObject({ credit: 0.03 });
    expect((await send(partner)).body.results).toMatchObject([{ accepted: false, statusCode: 402 }]);
  });

  test.each([partner, platform])('at 0, no message is: %j', async (body) => {
    const { post } = await start({ credit: 0 });
    expect(JSON.stringify((await post('/message-server/sms/send', body)).body)).toContain('"accepted":false');
  });
});

test('0013 is never covered', async () => {
  const { sms } = await start();
  expect((await sms('0013', { simulation: true })).body.results).toMatchObject([
    { accepted: false, statusCode: 402, reason: 'insufficient credit' },
  ]);
});

test('the price of a scheduled message is frozen until its time', async () => {
  const sandbox = await start({ credit: 0.2 });
  const { clock, post } = sandbox;
  const scheduledDate = '2025-04-08 13:00:00.000+0000';
  await post('/message-server/sms/send', { ...platform, body: long, scheduledDate });
  await post('/message-server/sms/send', { ...platform, simulation: true, scheduledDate });
  await post('/message-server/sms/send', platform);
  expect(await getBalance(sandbox)).toEqual({ credit: 0.16, frozenCredit: 0.12, availableCredit: 0.04 });
  expect((await sandbox.get('/services/sms/credit')).body).toEqual({ credit: 0.16 });
  expect((await post('/message-server/rcs/send', rcs)).body.results).toMatchObject({
    rcs: { accepted: false },
  });
  clock.now += 3_600_000;
  expect(await getBalance(sandbox)).toEqual({ credit: 0.04, frozenCredit: 0, availableCredit: 0.04 });
});

describe('the balance of a state', () => {
  test('is kept across a restart, with its beginning', async () => {
    const state = freshState();
    const first = await start({ state, credit: 1 });
    await first.sms('4567');
    await first.close();
    const second = await start({ state });
    expect(await getBalance(second)).toMatchObject({ credit: 0.96 });
    await second.close();
    const third = await start({ state, credit: 2 });
    expect(await getBalance(third)).toMatchObject({ credit: 1.96 });
    await third.close();
    expect(await getBalance(await start({ state, credit: 0 }))).toMatchObject({ credit: 0 });
  });

  test('is spent once by two servers', async () => {
    const state = freshState();
    const both = [await start({ state, credit: 4 }), await start({ state, credit: 4 })] as const;
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, n) => both[n % 2 === 0 ? 0 : 1].sms('4567')),
    );
    const accepted = answers.filter(({ body }) => JSON.stringify(body).includes('"accepted":true'));
    expect(accepted).toHaveLength(100);
    for (const sandbox of both) {
      expect(await getBalance(sandbox)).toMatchObject({ credit: 0 });
      expect((await sandbox.get('/sandbox/messages')).list).toHaveLength(100);
    }
  });
});
