import { describe, expect, test } from 'vitest';
import type { WebhookShape } from '../../src/message/webhook.ts';
import { receiver, until } from './receiver.ts';
import { freshState, noon, start } from './start.ts';

const forms = { A: '/webhooks/delivery-status', B: '/partner-gateway/v1/webhooks/delivery-status' };
const url = 'https://example.com/hook';

describe('registration', () => {
  test('A returns and replaces the registration', async () => {
    const { post, get } = await start();
    const body = { url, method: 'POST' };
    expect(await post(forms.A, { url })).toMatchObject({ status: 201, body });
    const first = (await get(forms.B)).body;
    expect((await post(forms.A, { url: `${url}/2`, method: 'POST' })).status).toBe(201);
    const second = (await get(forms.B)).body;
    expect(second).toMatchObject({ callbackUrl: `${url}/2`, status: 'ACTIVE' });
    expect(second).not.toMatchObject({ id: (first as { id?: string }).id });
  });

  test('B creates, shows, updates and deletes the registration', async () => {
    const { post, get, put, call } = await start();
    for (const answer of [await get(forms.B), await put(forms.B, { callbackUrl: url })])
      expect(answer).toMatchObject({ status: 404, body: { status: 404, error: 'Not Found' } });
    const made = await post(forms.B, { callbackUrl: url });
    expect(made).toMatchObject({
      status: 201,
      body: {
        id: expect.stringMatching(/^wh-\S+$/),
        callbackUrl: url,
        status: 'ACTIVE',
        createdAt: '2025-04-08T12:00:00.000Z',
      },
    });
    expect((await post(forms.B, { callbackUrl: url })).status).toBe(409);
    expect(await get(forms.B)).toMatchObject({ status: 200, body: made.body });
    const moved = await put(forms.B, { callbackUrl: 'http://localhost:9/x' });
    expect(moved).toMatchObject({ status: 200, body: { ...made.body, callbackUrl: 'http://localhost:9/x' } });
    const gone = await call('DELETE', forms.B);
    expect([gone.status, gone.body, gone.headers.get('content-type')]).toEqual([204, undefined, null]);
    expect((await call('DELETE', forms.B)).status).toBe(404);
  });

  test.each([
    ['A', {}, 'url is missing'],
    ['A', { url: 'example.com' }, 'url is not'],
    ['A', { url: 'ftp://example.com/' }, 'url is not'],
    ['A', { url, method: 'GET' }, 'method must be POST'],
    ['B', { url }, 'callbackUrl is missing'],
    ['B', { callbackUrl: 7 }, 'callbackUrl must be'],
    ['B', { callbackUrl: 'http://example.com/' }, 'callbackUrl must be https'],
    ['B', { callbackUrl: 'http://127.0.0.1.example.com/' }, 'callbackUrl must be https'],
    ['B', { callbackUrl: 'ftp://127.0.0.1/' }, 'callbackUrl is not'],
  ] as const)('%s refuses %j', async (form, body, message) => {
    const { post, get } = await start();
    expect(await post(forms[form], body)).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining(message) },
    });
    expect((await get(forms.B)).status).toBe(404);
  });

  test.each(['http://127.0.0.1:9/', 'http://127.8.9.1/', 'http://[::1]:9/a?b=c', 'http://hook.localhost/'])(
    'B accepts %s, which is this machine',
    async (callbackUrl) => {
      expect((await (await start()).post(forms.B, { callbackUrl })).status).toBe(201);
    },
  );

  test('requires credentials', async () => {
    const { call } = await start();
    for (const path of Object.values(forms))
      expect((await call('POST', path, { headers: {}, body: '{}' })).status).toBe(401);
  });
});

/** Starts a sandbox that sends webhooks in this format to a receiver. */
async function startWithReceiver(webhookShape: WebhookShape, more = {}) {
  const hook = await receiver();
  return { hook, ...(await start({ sendsWebhooks: true, webhookUrl: hook.url, webhookShape, ...more })) };
}

/** Advances the clock in steps of 250 ms until `count` requests have arrived. */
async function advanceUntil(
  clock: { now: number },
  hook: { calls: unknown[] },
  count: number,
): Promise<void> {
  await until(() => {
    if (hook.calls.length < count) clock.now += 250;
    return hook.calls.length >= count;
  }, `${count} calls came`);
}

const at = (milliseconds: number) => new Date(noon + milliseconds).toISOString();
const template = { phoneNumber: '+393901234567', templateId: 'template_123' };

describe('partner format of generation A', () => {
  test('reports an SMS from sent to delivered', async () => {
    const { hook, sms, clock } = await startWithReceiver('partner');
    const { messageId } = (await sms('4567', { customerMessageId: 'order-1' })).body;
    await hook.count(1);
    clock.now += 2000;
    await hook.count(2);
    const event = { messageId, customerMessageId: 'order-1', phoneNumber: '+393901234567', channel: 'sms' };
    expect(hook.events()).toEqual([
      { ...event, status: 'SENT', timestamp: at(0), error: null },
      { ...event, status: 'DELIVERED', timestamp: at(2000), error: null },
    ]);
    expect(hook.calls[0]).toMatchObject({
      path: '/hook',
      headers: { 'content-type': 'application/json', 'content-length': expect.any(String) },
    });
  });

  test('reports a fallback chain by its current channel, with the reason of a failure', async () => {
    const { hook, whatsapp, clock } = await startWithReceiver('partner');
    await whatsapp('0002', { fallback: true, templateId: 'template_123' });
    clock.now += 10_000;
    await hook.count(6);
    expect(hook.events().map(({ channel, status, error }) => [channel, status, error])).toEqual([
      ['whatsapp', 'SENT', null],
      ['whatsapp', 'ERROR', 'not on WhatsApp'],
      ['rcs', 'SENT', null],
      ['rcs', 'ERROR', 'no RCS device'],
      ['sms', 'SENT', null],
      ['sms', 'DELIVERED', null],
    ]);
  });

  test('reports expired messages, but has no status for read ones', async () => {
    const { hook, sms, whatsapp, clock } = await startWithReceiver('partner');
    await sms('0004');
    await whatsapp('4567');
    clock.now += 10_000;
    await hook.count(4);
    const words = hook.events().map(({ channel, status }) => `${channel} ${status}`);
    expect(words.sort()).toEqual(['sms EXPIRED', 'sms SENT', 'whatsapp DELIVERED', 'whatsapp SENT']);
  });
});

describe('guide format of generation B', () => {
  test('reports delivered and read messages by status code', async () => {
    const { hook, whatsapp, clock } = await startWithReceiver('guide');
    const { messageId } = (await whatsapp('4567', { customerMessageId: 'order-1' })).body;
    clock.now += 4000;
    await hook.count(2);
    const destination = '+393901234567';
    expect(hook.events()).toEqual([
      {
        eventType: 'DELIVERY',
        messageId,
        customerMessageId: 'order-1',
        destination,
        statusCode: 3,
        description: 'Message delivered',
        channel: 'WHATSAPP',
        timestamp: at(2000),
      },
      { eventType: 'READ', messageId, destination, channel: 'WHATSAPP', timestamp: at(4000) },
    ]);
  });

  test.each([
    ['0003', 'handset unreachable'],
    ['0004', 'validity period over'],
  ])('reports an SMS to %s as undelivered with code 6', async (end, description) => {
    const { hook, sms, clock } = await startWithReceiver('guide');
    await sms(end);
    clock.now += 4000;
    await hook.count(1);
    expect(hook.events()).toMatchObject([{ statusCode: 6, description, channel: 'SMS' }]);
  });
});

describe('platform format of generation B', () => {
  test('reports an SMS per part by client id', async () => {
    const { hook, sms, clock } = await startWithReceiver('platform');
    await sms('4567', { customerMessageId: 'order-1', message: 'x'.repeat(307) });
    clock.now += 2000;
    await hook.count(3);
    const event = {
      channel: 'SMS',
      eventType: 'DELIVERY',
      messageId: 'order-1',
      statusCode: 3,
      statusDescription: 'Message delivered',
      totalParts: 3,
      timestamp: at(2000),
    };
    expect(hook.events()).toEqual([
      { ...event, price: 0.04, numPart: 1 },
      { ...event, price: 0.04, numPart: 2 },
      { ...event, price: 0.04, numPart: 3 },
    ]);
  });

  test('reports RCS with destination and eventDate, delivered and read', async () => {
    const { hook, post, clock } = await startWithReceiver('platform');
    await post('/message-server/rcs/send', { ...template, customerMessageId: 'order-1' });
    clock.now += 4000;
    await hook.count(2);
    const event = { channel: 'RCS', messageId: 'order-1', destination: '+393901234567' };
    expect(hook.events()).toEqual([
      {
        ...event,
        eventType: 'DELIVERY',
        statusCode: 3,
        description: 'Message delivered',
        eventDate: at(2000),
      },
      { ...event, eventType: 'READ', eventDate: at(4000) },
    ]);
  });

  test('is the format of a registration in dialect B, as partner is in dialect A', async () => {
    const hook = await receiver();
    const { post, call, sms, clock } = await start({ sendsWebhooks: true });
    await post(forms.B, { callbackUrl: hook.url });
    await sms('4567');
    clock.now += 2000;
    await hook.count(1);
    await call('DELETE', forms.B);
    clock.now += 1;
    await post(forms.A, { url: hook.url });
    await sms('4567');
    await hook.count(2);
    expect(hook.events()).toMatchObject([{ statusCode: 3 }, { status: 'SENT' }]);
  });
});

test('prefers the configured format to that of the registration', async () => {
  const hook = await receiver();
  const { post, sms, clock } = await start({ sendsWebhooks: true, webhookShape: 'guide' });
  await post(forms.A, { url: hook.url });
  await sms('4567');
  clock.now += 2000;
  await hook.count(1);
  expect(hook.events()).toMatchObject([{ eventType: 'DELIVERY', statusCode: 3 }]);
});

describe('inbound messages', () => {
  const from = '+393901234567';
  const destination = '+393900000000';

  test.each(['partner', 'guide'] as const)('in the %s format', async (shape) => {
    const { hook, post } = await startWithReceiver(shape);
    const { messageId } = (await post('/sandbox/inbound', { from, message: 'Where are you?' })).body;
    await hook.count(1);
    expect(hook.events()).toEqual([
      {
        eventType: 'INBOUND',
        messageId,
        source: from,
        destination,
        text: 'Where are you?',
        channel: 'WHATSAPP',
        messageType: 'TEXT',
        timestamp: at(0),
      },
    ]);
  });

  test('in the platform format, to a given number', async () => {
    const { hook, post } = await startWithReceiver('platform');
    const body = { from, message: 'Hi', channel: 'rcs', destination: '+393900000001' };
    const { messageId } = (await post('/sandbox/inbound', body)).body;
    await hook.count(1);
    expect(hook.events()).toEqual([
      {
        channel: 'RCS',
        eventType: 'INBOUND',
        messageId,
        source: from,
        destination: '+393900000001',
        receivedDate: at(0),
        messageType: 'TEXT',
        text: 'Hi',
      },
    ]);
  });

  test('sends an SMS as a form until the response is exactly +OK', async () => {
    const answers = ['OK', '+OK\n', '+OK'];
    const hook = await receiver((_, nth) => ({ body: answers[nth] ?? '' }));
    const { post, clock } = await start({
      sendsWebhooks: true,
      webhookUrl: hook.url,
      webhookShape: 'platform',
    });
    await post('/sandbox/inbound', { from, message: 'Sì & no', channel: 'sms' });
    await advanceUntil(clock, hook, 3);
    expect(new Set(hook.calls.map(({ text }) => text)).size).toBe(1);
    expect(hook.calls[0]?.headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(Object.fromEntries(new URLSearchParams(hook.calls[0]?.text))).toEqual({
      originator: from,
      destination,
      date_time: '20250408120000',
      text: 'Sì & no',
    });
    // Accepted: the next message is sent, and this one is not repeated.
    await post('/sandbox/inbound', { from, message: 'later' });
    await advanceUntil(clock, hook, 4);
    expect(hook.calls[3]?.text).toContain('later');
  });
});

describe('no webhook is sent', () => {
  test('for events before the registration', async () => {
    const { post, whatsapp, clock, hook } = await (async () => {
      const hook = await receiver();
      return { hook, ...(await start({ sendsWebhooks: true })) };
    })();
    await whatsapp('4567', { customerMessageId: 'over' });
    clock.now += 60_000;
    await whatsapp('4567', { customerMessageId: 'under way' });
    await post('/sandbox/inbound', { from: '+393901234567', message: 'early' });
    clock.now += 3000;
    await post(forms.B, { callbackUrl: hook.url });
    clock.now += 10_000;
    await post('/sandbox/inbound', { from: '+393901234567', message: 'late' });
    await hook.count(2);
    expect(hook.events()).toMatchObject([
      { eventType: 'READ', messageId: 'under way' },
      { eventType: 'INBOUND', text: 'late' },
    ]);
  });

  test('for simulated messages and messages without notification', async () => {
    const { hook, sms, clock } = await startWithReceiver('partner');
    await sms('4567', { simulation: true });
    await sms('4567', { enableNotification: false });
    expect((await sms('4567', { enableNotification: 'no' })).status).toBe(400);
    await sms('4567', { customerMessageId: 'told', enableNotification: true });
    clock.now += 2000;
    await hook.count(2);
    expect(hook.events().map(({ customerMessageId }) => customerMessageId)).toEqual(['told', 'told']);
  });

  test('after the registration is deleted', async () => {
    const { hook, sms, call, post, clock } = await startWithReceiver('partner');
    await sms('4567', { customerMessageId: 'first' });
    await hook.count(1);
    await call('DELETE', forms.B);
    clock.now += 2000;
    await sms('4567', { customerMessageId: 'between' });
    clock.now += 5000;
    await post(forms.A, { url: hook.url });
    await sms('4567', { customerMessageId: 'last' });
    await hook.count(2);
    expect(hook.events().map(({ customerMessageId }) => customerMessageId)).toEqual(['first', 'last']);
  });

  test('without a registration', async () => {
    const hook = await receiver();
    const state = freshState();
    const unregistered = await start({ state, webhookUrl: hook.url });
    await unregistered.sms('4567', { customerMessageId: 'a' });
    expect(hook.calls).toEqual([]);
    await start({ state, sendsWebhooks: true });
    await hook.count(1);
    expect(hook.events()).toMatchObject([{ customerMessageId: 'a', status: 'SENT' }]);
  });
});

describe('a refused webhook is retried', () => {
  test.each([
    ['a server error', { status: 500 }],
    ['a redirect, which is not followed', { status: 302, headers: { location: '/elsewhere' } }],
    ['a client error', { status: 400, body: 'x'.repeat(100_000) }],
  ])('after %s, in order', async (_, reaction) => {
    const times: number[] = [];
    const hook = await receiver((_, nth) => {
      times.push(clock.now);
      return nth < 2 ? reaction : {};
    });
    const { sms, clock } = await start({ sendsWebhooks: true, webhookUrl: hook.url });
    await sms('4567');
    await advanceUntil(clock, hook, 4);
    expect(hook.events().map(({ status }) => status)).toEqual(['SENT', 'SENT', 'SENT', 'DELIVERED']);
    expect(hook.calls.every(({ path }) => path === '/hook')).toBe(true);
    const [first = 0, second = 0, third = 0] = times;
    expect(second - first).toBeGreaterThanOrEqual(1000);
    expect(third - second).toBeGreaterThanOrEqual(5000);
  });

  test('while other webhooks are sent', async () => {
    const isFirst = (text: string) => text.includes('"first"');
    const hook = await receiver(({ text }) => (isFirst(text) ? { status: 500 } : {}));
    const { sms } = await start({ sendsWebhooks: true, webhookUrl: hook.url });
    await sms('4567', { customerMessageId: 'first' });
    await hook.count(1);
    await sms('4567', { customerMessageId: 'second' });
    await hook.count(2);
    expect(hook.events()).toMatchObject([{ customerMessageId: 'first' }, { customerMessageId: 'second' }]);
  });

  test('until it is dropped; then the next status is reported', async () => {
    const hook = await receiver(({ text }) => (text.includes('"SENT"') ? { status: 500 } : {}));
    const { sms, clock } = await start({ sendsWebhooks: true, webhookUrl: hook.url, speed: 10 });
    await sms('4567');
    await advanceUntil(clock, hook, 7);
    expect(hook.events().map(({ status }) => status)).toEqual([...Array(6).fill('SENT'), 'DELIVERED']);
    // Retries after 1, 5, 30, 120 and 600 seconds, ten times as fast.
    expect(clock.now - noon).toBeGreaterThanOrEqual(75_600);
  });

  test('after five seconds without a response', async () => {
    const hook = await receiver((_, nth) => (nth === 0 ? null : {}));
    const { sms } = await start({ sendsWebhooks: true, webhookUrl: hook.url, now: Date.now, speed: 50 });
    await sms('4567');
    await hook.count(3);
    expect(hook.events().map(({ status }) => status)).toEqual(['SENT', 'SENT', 'DELIVERED']);
    const [first, second] = hook.calls;
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(4900);
  });

  test('at the updated registration', async () => {
    const [old, fresh] = [await receiver(() => ({ status: 500 })), await receiver()];
    const { sms, put, clock } = await start({ sendsWebhooks: true, webhookUrl: old.url });
    await sms('4567');
    await old.count(1);
    expect((await put(forms.B, { callbackUrl: fresh.url })).status).toBe(200);
    await advanceUntil(clock, fresh, 2);
    expect([old.calls.length, ...fresh.events().map(({ status }) => status)]).toEqual([
      1,
      'SENT',
      'DELIVERED',
    ]);
  });
});

describe('several processes', () => {
  test('a restarted sandbox continues', async () => {
    const state = freshState();
    const hook = await receiver();
    const options = { state, sendsWebhooks: true, webhookUrl: hook.url };
    const first = await start(options);
    await first.whatsapp('0001', { fallback: true, templateId: 'template_123' });
    await hook.count(1);
    first.clock.now += 2000;
    await hook.count(2);
    await first.close();
    const second = await start(options);
    second.clock.now += 10_000;
    const words = () => hook.events().map(({ channel, status }) => `${channel} ${status}`);
    await until(() => words().includes('rcs DELIVERED'), 'the last status is reported');
    // Only a webhook whose response the first process may have missed can be repeated.
    expect(words().filter((word, index, all) => index !== 1 || word !== all[2])).toEqual([
      'whatsapp SENT',
      'whatsapp ERROR',
      'rcs SENT',
      'rcs DELIVERED',
    ]);
  });

  test('a webhook that failed before a restart is sent after it', async () => {
    const state = freshState();
    const hook = await receiver((_, nth) => (nth === 0 ? { status: 500 } : {}));
    const options = { state, sendsWebhooks: true, webhookUrl: hook.url };
    const first = await start(options);
    await first.sms('4567');
    await hook.count(1);
    await first.close();
    await start(options);
    await hook.count(2);
    expect(hook.events()).toMatchObject([{ status: 'SENT' }, { status: 'SENT' }]);
  });

  test('one process reports the messages of all, and another one takes over', async () => {
    const state = freshState();
    const hook = await receiver();
    const both = [await start({ state, sendsWebhooks: true }), await start({ state, sendsWebhooks: true })];
    await both[0]?.post(forms.A, { url: hook.url });
    await Promise.all(
      Array.from({ length: 100 }, (_, i) => both[i % 2]?.sms('4567', { customerMessageId: `m${i}` })),
    );
    await hook.count(100);
    await both[0]?.close();
    for (const { clock } of both) clock.now += 2000;
    const reportedStatuses = () =>
      hook.events().map(({ customerMessageId, status }) => `${customerMessageId} ${status}`);
    await until(() => new Set(reportedStatuses()).size === 200, 'all messages are reported');
    // Only webhooks in progress when the first process ended can be repeated.
    expect(reportedStatuses().length).toBeLessThanOrEqual(216);
  });
});

test('sends thousands of webhooks once, over a few connections', async () => {
  const { hook, sms, clock } = await startWithReceiver('guide');
  const count = 2000;
  for (let i = 0; i < count; i += 100)
    await Promise.all(Array.from({ length: 100 }, (_, k) => sms('4567', { customerMessageId: `m${i + k}` })));
  clock.now += 2000;
  await hook.count(count);
  expect(new Set(hook.events().map(({ customerMessageId }) => customerMessageId)).size).toBe(count);
  expect(hook.connections()).toBeLessThanOrEqual(16);
});
